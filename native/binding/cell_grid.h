// The cell grid as a JavaScript object, and access to the grid for other native files.
#pragma once

#include <napi.h>

#include <memory>

#include "grid/cell_grid.h"

namespace halolaw::binding {

using grid::CellGrid;

/// The grid inside a `CellGrid` object (in TypeScript: neighbours.grid). Shared: it outlives the object while work
/// runs. Throws Napi::TypeError when the value is anything else.
std::shared_ptr<const CellGrid> cellGridOf(const Napi::Value& value);

}  // namespace halolaw::binding

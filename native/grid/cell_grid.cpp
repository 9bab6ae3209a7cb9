// Cells are rows along x: square in y and z, with a fine index along x inside. The part of a row within a receiver's
// reach is one stretch of memory (two across the box's edge), trimmed to the chord of the receiver's sphere. A kernel
// tests it a vector at a time. Images are explicit: a row seen from both sides of a small box is tested once per image,
// and only one image of a sender can be within a radius of at most half the shortest side.
#include "grid/cell_grid.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/cell_scan.h"

namespace halolaw::grid {

namespace {

constexpr uint32_t kVectorSlack = 16;

/// Cells along one axis. `start` is the lowest coordinate, `width` a cell's.
struct Axis {
  double start = 0, width = 1;
  int64_t cells = 1;

  int64_t cellOf(double position) const {
    const double cell = std::floor((position - start) / width);
    return static_cast<int64_t>(std::min(std::max(cell, 0.0), static_cast<double>(cells - 1)));
  }
};

Axis makeAxis(double start, double length, double wantedWidth, double mostCells) {
  Axis axis;
  axis.start = start;
  axis.cells =
      static_cast<int64_t>(std::min(std::max(1.0, std::floor(length / wantedWidth)), std::max(1.0, mostCells)));
  axis.width = length > 0 ? length / static_cast<double>(axis.cells) : 1;
  return axis;
}

/// Cells of one axis that a receiver at `position` reaches within `reach`, as [first, last], numbered through the
/// images: cell + image * cells.
struct Reach {
  int64_t first, last;
};

Reach reachOf(const Axis& axis, double position, double reach, bool periodic) {
  if (!periodic) return {axis.cellOf(position - reach), axis.cellOf(position + reach)};
  return {static_cast<int64_t>(std::floor((position - reach) / axis.width)),
          static_cast<int64_t>(std::floor((position + reach) / axis.width))};
}

int64_t imageOf(int64_t cell, int64_t cells) { return cell >= 0 ? cell / cells : -((cells - 1 - cell) / cells); }

/// How the shift of an image is shared between sender (a) and receiver (b): separation = (x_j + a) - b.
void shareShift(double position, int64_t image, double side, float& a, float& b) {
  const double shift = static_cast<double>(image) * side;
  a = shift < 0 ? static_cast<float>(shift) : 0.0f;
  b = static_cast<float>(shift > 0 ? position - shift : position);
}

}  // namespace

struct CellGrid::Impl {
  uint32_t halos;
  Sides sides;  // Mpc/h; all 0 in open space
  double radius;
  double slack;  // more than any rounding of a coordinate, Mpc/h
  float surelyInside, surelyOutside;
  Axis axisX, axisY, axisZ;
  std::vector<uint32_t> order;  // sorted place -> halo, padded
  std::vector<uint32_t> place;  // halo -> sorted place
  std::vector<uint32_t> cellOrder;
  std::vector<float> x, y, z;      // by sorted place, padded
  std::vector<uint32_t> binStart;  // of the x bins of all rows

  bool isPeriodic() const { return sides[0] > 0; }

  struct Receiver {
    const Impl* grid;
    double x, y, z;
  };

  /// Bounds that hold for any float arithmetic that rounds no worse than the kernels': the error of each is less than
  /// its doubt.
  double doubt;
  double elsewhereInside() const { return radius * radius - 3 * doubt; }
  double elsewhereOutside() const { return radius * radius + 3 * doubt; }

  static bool decide(const void* context, uint32_t sender, const kernels::CellRun& run) {
    const Receiver& receiver = *static_cast<const Receiver*>(context);
    const Impl& grid = *receiver.grid;
    const double dx = static_cast<double>(grid.x[sender]) - receiver.x + run.imageX * grid.sides[0];
    const double dy = static_cast<double>(grid.y[sender]) - receiver.y + run.imageY * grid.sides[1];
    const double dz = static_cast<double>(grid.z[sender]) - receiver.z + run.imageZ * grid.sides[2];
    // volatile: no fused multiply-add, so that every processor decides alike
    const volatile double x2 = dx * dx, y2 = dy * dy, z2 = dz * dz, limit = grid.radius * grid.radius;
    return x2 + y2 + z2 < limit;
  }

  /// The stretches of the sorted order that hold every neighbour of the halo at this place; returns how many senders.
  size_t collectRuns(const Receiver& at, std::vector<kernels::CellRun>& runs) const {
    const bool periodic = isPeriodic();
    const double reach = radius + slack;
    runs.clear();
    size_t senders = 0;
    kernels::CellRun run{};
    const Reach reachZ = reachOf(axisZ, at.z, reach, periodic);
    const Reach reachY = reachOf(axisY, at.y, reach, periodic);
    for (int64_t iz = reachZ.first; iz <= reachZ.last; ++iz) {
      const double lowZ = axisZ.start + static_cast<double>(iz) * axisZ.width;
      const double gapZ = std::max(0.0, std::max(lowZ - at.z, at.z - lowZ - axisZ.width) - slack);
      const int64_t imageZ = imageOf(iz, axisZ.cells);
      run.imageZ = static_cast<int8_t>(imageZ);
      shareShift(at.z, imageZ, sides[2], run.az, run.bz);
      for (int64_t iy = reachY.first; iy <= reachY.last; ++iy) {
        const double lowY = axisY.start + static_cast<double>(iy) * axisY.width;
        const double gapY = std::max(0.0, std::max(lowY - at.y, at.y - lowY - axisY.width) - slack);
        const double chord2 = reach * reach - gapY * gapY - gapZ * gapZ;
        if (chord2 <= 0) continue;
        const int64_t imageY = imageOf(iy, axisY.cells);
        run.imageY = static_cast<int8_t>(imageY);
        shareShift(at.y, imageY, sides[1], run.ay, run.by);
        const int64_t row = (iz - imageZ * axisZ.cells) * axisY.cells + (iy - imageY * axisY.cells);
        const uint32_t* bins = binStart.data() + row * axisX.cells;
        const Reach reachX = reachOf(axisX, at.x, std::sqrt(chord2) + slack, periodic);
        for (int64_t ix = reachX.first; ix <= reachX.last;) {
          const int64_t imageX = imageOf(ix, axisX.cells);
          const int64_t last = std::min(reachX.last, (imageX + 1) * axisX.cells - 1);
          run.begin = bins[ix - imageX * axisX.cells];
          run.end = bins[last - imageX * axisX.cells + 1];
          ix = last + 1;
          if (run.begin == run.end) continue;
          run.imageX = static_cast<int8_t>(imageX);
          shareShift(at.x, imageX, sides[0], run.ax, run.bx);
          senders += run.end - run.begin;
          runs.push_back(run);
        }
      }
    }
    return senders;
  }

  kernels::CellScan scanFor(const Receiver& at, uint32_t self, const std::vector<kernels::CellRun>& runs) const {
    return {x, y, z, order, runs, self, surelyInside, surelyOutside, decide, &at};
  }

  /// Minimum-image components of r_sender - r_receiver, by halo; returns the length.
  double difference(uint32_t receiver, uint32_t sender, double out[3]) const;

  Receiver receiverAt(uint32_t self) const { return {this, x[self], y[self], z[self]}; }
};

CellGrid::CellGrid(Span<const float> x, Span<const float> y, Span<const float> z, const Sides& sides, double radius)
    : impl_(new Impl) {
  const uint32_t halos = static_cast<uint32_t>(x.size());
  if (!(radius > 0) || !std::isfinite(radius)) throw std::invalid_argument("the radius has to be a positive number");
  const bool periodic = sides[0] > 0;
  for (const double side : sides) {
    if (!(periodic ? side > 0 : side == 0) || !std::isfinite(side))
      throw std::invalid_argument("the sides of the box have to be positive numbers, or 0 for open space");
    if (periodic && radius > side / 2) throw std::invalid_argument("the radius is larger than half the periodic box");
  }
  double low[3] = {0, 0, 0}, high[3] = {sides[0], sides[1], sides[2]};
  const Span<const float> columns[3] = {x, y, z};
  for (int axis = 0; axis < 3; ++axis) {
    double least = INFINITY, most = -INFINITY;
    for (uint32_t i = 0; i < halos; ++i) {
      const double value = columns[axis][i];
      if (!std::isfinite(value)) throw std::invalid_argument("a position is not a finite number");
      least = std::min(least, value);
      most = std::max(most, value);
    }
    if (halos == 0) continue;
    if (periodic && (least < 0 || most > sides[axis]))
      throw std::invalid_argument("a position lies outside the periodic box");
    if (!periodic) low[axis] = least, high[axis] = most;
  }
  const double length[3] = {high[0] - low[0], high[1] - low[1], high[2] - low[2]};

  Impl& grid = *impl_;
  grid.halos = halos;
  grid.sides = sides;
  grid.radius = radius;
  // Float coordinates, their difference and a shift are each rounded by 2^-24 of the largest number involved.
  double extent = 0;
  for (int axis = 0; axis < 3; ++axis)
    extent = std::max({extent, std::fabs(low[axis]), std::fabs(high[axis]), length[axis]});
  grid.slack = 4 * std::ldexp(extent + radius, -24);
  const double doubt =
      2 * radius * 1.8 * grid.slack + 3 * grid.slack * grid.slack + 8 * std::ldexp(radius * radius, -24);
  grid.doubt = doubt;
  grid.surelyInside = static_cast<float>(radius * radius - doubt);
  grid.surelyOutside = static_cast<float>(radius * radius + doubt);

  // Rows no thinner than a third of the radius, and thick enough that a chord holds a vector or two of halos.
  const double volume = std::max(length[0], radius) * std::max(length[1], radius) * std::max(length[2], radius);
  const double density = std::max(1u, halos) / volume;
  const double rowWidth = std::min(radius, std::max(radius / 3, std::sqrt(kVectorSlack / (density * 1.5 * radius))));
  const double mostRows = std::sqrt(static_cast<double>(halos) + 1024);
  grid.axisY = makeAxis(low[1], length[1], rowWidth, mostRows);
  grid.axisZ = makeAxis(low[2], length[2], rowWidth, mostRows);
  const int64_t rows = grid.axisY.cells * grid.axisZ.cells;
  grid.axisX =
      makeAxis(low[0], length[0], rowWidth / 8, 4 * (static_cast<double>(halos) + 1024) / static_cast<double>(rows));

  std::vector<uint32_t> bin(halos);
  grid.binStart.assign(static_cast<size_t>(rows * grid.axisX.cells) + 1, 0);
  for (uint32_t i = 0; i < halos; ++i) {
    bin[i] = static_cast<uint32_t>((grid.axisZ.cellOf(z[i]) * grid.axisY.cells + grid.axisY.cellOf(y[i])) *
                                       grid.axisX.cells +
                                   grid.axisX.cellOf(x[i]));
    ++grid.binStart[bin[i] + 1];
  }
  for (size_t b = 1; b < grid.binStart.size(); ++b) grid.binStart[b] += grid.binStart[b - 1];
  grid.order.assign(halos + kVectorSlack, 0);
  grid.place.resize(halos);
  for (std::vector<float>* column : {&grid.x, &grid.y, &grid.z}) column->assign(halos + kVectorSlack, 0);
  std::vector<uint32_t> next(grid.binStart.begin(), grid.binStart.end() - 1);
  for (uint32_t i = 0; i < halos; ++i) {
    const uint32_t place = next[bin[i]]++;
    grid.order[place] = i;
    grid.place[i] = place;
    grid.x[place] = x[i];
    grid.y[place] = y[i];
    grid.z[place] = z[i];
  }
  grid.cellOrder.assign(grid.order.begin(), grid.order.begin() + halos);
}

CellGrid::~CellGrid() = default;

uint32_t CellGrid::halos() const { return impl_->halos; }
double CellGrid::radius() const { return impl_->radius; }
const std::vector<uint32_t>& CellGrid::cellOrder() const { return impl_->cellOrder; }
uint32_t CellGrid::place(uint32_t halo) const { return impl_->place[halo]; }

void CellGrid::neighbours(uint32_t receiver, NeighbourBuffer& out) const {
  static thread_local std::vector<kernels::CellRun> runs;
  const uint32_t self = impl_->place[receiver];
  const Impl::Receiver at = impl_->receiverAt(self);
  const size_t room = impl_->collectRuns(at, runs) + 2 * kVectorSlack;
  if (out.r.size() < room) {
    const size_t grown = room + room / 2;
    out.index.resize(grown);
    for (std::vector<float>* column : {&out.dx, &out.dy, &out.dz, &out.r}) column->resize(grown);
  }
  out.count =
      kernels::cellScanKernels().find(impl_->scanFor(at, self, runs), {out.index, out.dx, out.dy, out.dz, out.r});
}

uint32_t CellGrid::degree(uint32_t receiver) const {
  static thread_local std::vector<kernels::CellRun> runs;
  const uint32_t self = impl_->place[receiver];
  const Impl::Receiver at = impl_->receiverAt(self);
  impl_->collectRuns(at, runs);
  return static_cast<uint32_t>(kernels::cellScanKernels().count(impl_->scanFor(at, self, runs)));
}

CellGridLayout CellGrid::layout() const {
  const Impl& grid = *impl_;
  const auto ofHalos = [&](const auto& column) { return Span(column.data(), grid.halos); };
  CellGridLayout layout{ofHalos(grid.order),    grid.binStart,          ofHalos(grid.x),
                        ofHalos(grid.y),        ofHalos(grid.z),        {},
                        grid.elsewhereInside(), grid.elsewhereOutside()};
  const Axis* axes[3] = {&grid.axisX, &grid.axisY, &grid.axisZ};
  for (int n = 0; n < 3; ++n) layout.axis[n] = {axes[n]->start, axes[n]->width, static_cast<double>(axes[n]->cells)};
  return layout;
}

void CellGrid::settled(uint32_t receiver, std::vector<SettledEdge>& out) const {
  static thread_local std::vector<kernels::CellRun> runs;
  struct Centre : Impl::Receiver {
    uint32_t self;
    std::vector<SettledEdge>* out;
  };
  const uint32_t self = impl_->place[receiver];
  Centre centre;
  static_cast<Impl::Receiver&>(centre) = impl_->receiverAt(self);
  centre.self = self;
  centre.out = &out;
  impl_->collectRuns(centre, runs);
  kernels::CellScan scan = impl_->scanFor(centre, self, runs);
  scan.surelyInside = static_cast<float>(impl_->elsewhereInside());
  scan.surelyOutside = static_cast<float>(impl_->elsewhereOutside());
  scan.context = &centre;
  scan.decide = [](const void* context, uint32_t sender, const kernels::CellRun& run) {
    const Centre& at = *static_cast<const Centre*>(context);
    const bool inside = Impl::decide(static_cast<const Impl::Receiver*>(&at), sender, run);
    if (inside)
      at.out->push_back(
          {at.self, sender, static_cast<uint32_t>(run.imageX + 1 + 3 * (run.imageY + 1) + 9 * (run.imageZ + 1))});
    return inside;
  };
  kernels::cellScanKernels().count(scan);
}

double CellGrid::Impl::difference(uint32_t receiver, uint32_t sender, double out[3]) const {
  const uint32_t i = place[receiver], j = place[sender];
  out[0] = static_cast<double>(x[j]) - x[i];
  out[1] = static_cast<double>(y[j]) - y[i];
  out[2] = static_cast<double>(z[j]) - z[i];
  double sum = 0;
  for (int axis = 0; axis < 3; ++axis) {
    if (isPeriodic()) out[axis] -= sides[axis] * std::nearbyint(out[axis] / sides[axis]);
    sum += out[axis] * out[axis];
  }
  return std::sqrt(sum);
}

double CellGrid::separation(uint32_t receiver, uint32_t sender) const {
  double d[3];
  return impl_->difference(receiver, sender, d);
}

CellGrid::Separation CellGrid::components(uint32_t receiver, uint32_t sender) const {
  double d[3];
  const float r = static_cast<float>(impl_->difference(receiver, sender, d));
  return {static_cast<float>(d[0]), static_cast<float>(d[1]), static_cast<float>(d[2]), r};
}

}  // namespace halolaw::grid

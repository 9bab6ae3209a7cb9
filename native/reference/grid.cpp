#include "reference/grid.h"

#include <algorithm>
#include <cmath>

#include "grid/cell_grid.h"
#include "reference/comparison.h"

namespace halolaw::reference {

Halos randomHalos(uint32_t count, const grid::Sides& sides, uint64_t seed) {
  Draw draw(seed);
  Halos halos;
  size_t axis = 0;
  for (std::vector<float>* column : {&halos.x, &halos.y, &halos.z}) {
    const double side = sides[axis++];
    *column = draw.column<float>(count, 0, side > 0 ? side : 100);
  }
  for (std::vector<float>* column : {&halos.vx, &halos.vy, &halos.vz}) *column = draw.column<float>(count, -1, 1);
  halos.mass = draw.column<float>(count, 0.1, 9);
  halos.sides = sides;
  return halos;
}

std::vector<Neighbour> neighboursOf(const Halos& halos, uint32_t receiver, double radius) {
  const auto wrapped = [&](double d, size_t axis) {
    const double side = halos.sides[axis];
    return side > 0 ? d - side * std::nearbyint(d / side) : d;
  };
  std::vector<Neighbour> neighbours;
  for (uint32_t j = 0; j < halos.count(); ++j) {
    if (j == receiver) continue;
    const double dx = wrapped(static_cast<double>(halos.x[j]) - halos.x[receiver], 0);
    const double dy = wrapped(static_cast<double>(halos.y[j]) - halos.y[receiver], 1);
    const double dz = wrapped(static_cast<double>(halos.z[j]) - halos.z[receiver], 2);
    const double r2 = dx * dx + dy * dy + dz * dz;
    if (r2 < radius * radius) neighbours.push_back({j, dx, dy, dz, std::sqrt(r2)});
  }
  return neighbours;
}

void compareGrid(Comparison& result) {
  using grid::Sides;
  for (const Sides& sides : {Sides{100, 100, 100}, Sides{}, Sides{100, 100, 200}, Sides{250, 37, 91}})
    for (const double radius : {5.0, 18.5, 21.0, 50.0}) {
      const double shortest = *std::min_element(sides.begin(), sides.end());
      if (shortest > 0 && radius > shortest / 2) continue;
      const Halos halos = randomHalos(700, sides, 5);
      const grid::CellGrid cells(halos.x, halos.y, halos.z, sides, radius);
      // of a coordinate
      const double rounding = std::ldexp(std::max(100.0, *std::max_element(sides.begin(), sides.end())), -24);
      grid::NeighbourBuffer found;
      for (uint32_t receiver = 0; receiver < halos.count(); ++receiver) {
        const std::vector<Neighbour> expected = neighboursOf(halos, receiver, radius);
        cells.neighbours(receiver, found);
        result.check("cellScan.count", cells.degree(receiver) == expected.size());
        result.check("cellScan.find", found.count == expected.size());
        if (found.count != expected.size()) continue;
        std::vector<size_t> order(found.count);
        for (size_t n = 0; n < order.size(); ++n) order[n] = n;
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return found.index[a] < found.index[b]; });
        for (size_t n = 0; n < order.size(); ++n) {
          const size_t k = order[n];
          result.check("cellScan.find", found.index[k] == expected[n].index);
          result.add("cellScan.find separations", found.dx[k], expected[n].dx, rounding);
          result.add("cellScan.find separations", found.dy[k], expected[n].dy, rounding);
          result.add("cellScan.find separations", found.dz[k], expected[n].dz, rounding);
          result.add("cellScan.find separations", found.r[k], expected[n].r, rounding);
        }
      }
    }
}

}  // namespace halolaw::reference

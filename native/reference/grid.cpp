#include "reference/grid.h"

#include <algorithm>
#include <cmath>

#include "grid/cell_grid.h"
#include "reference/comparison.h"

namespace halolaw::reference {

Halos randomHalos(uint32_t count, double boxSize, uint64_t seed) {
  Draw draw(seed);
  Halos halos;
  const double extent = boxSize > 0 ? boxSize : 100;
  for (std::vector<float>* column : {&halos.x, &halos.y, &halos.z}) *column = draw.column<float>(count, 0, extent);
  for (std::vector<float>* column : {&halos.vx, &halos.vy, &halos.vz}) *column = draw.column<float>(count, -1, 1);
  halos.mass = draw.column<float>(count, 0.1, 9);
  halos.boxSize = boxSize;
  return halos;
}

std::vector<Neighbour> neighboursOf(const Halos& halos, uint32_t receiver, double radius) {
  const auto wrapped = [&](double d) {
    return halos.boxSize > 0 ? d - halos.boxSize * std::nearbyint(d / halos.boxSize) : d;
  };
  std::vector<Neighbour> neighbours;
  for (uint32_t j = 0; j < halos.count(); ++j) {
    if (j == receiver) continue;
    const double dx = wrapped(static_cast<double>(halos.x[j]) - halos.x[receiver]);
    const double dy = wrapped(static_cast<double>(halos.y[j]) - halos.y[receiver]);
    const double dz = wrapped(static_cast<double>(halos.z[j]) - halos.z[receiver]);
    const double r2 = dx * dx + dy * dy + dz * dz;
    if (r2 < radius * radius) neighbours.push_back({j, dx, dy, dz, std::sqrt(r2)});
  }
  return neighbours;
}

void compareGrid(Comparison& result) {
  for (const double boxSize : {100.0, 0.0})
    for (const double radius : {5.0, 21.0, 50.0}) {
      const Halos halos = randomHalos(700, boxSize, 5);
      const grid::CellGrid cells(halos.x, halos.y, halos.z, boxSize, radius);
      const double rounding = std::ldexp(100, -24);  // of a coordinate
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

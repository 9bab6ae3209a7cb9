#include "pair_sums.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "kernels/pair_columns.h"
#include "thread_pool.h"

namespace halolaw {

namespace {

constexpr size_t kReceiversPerBlock = 64;
constexpr size_t kRows = 512;  // pairs evaluated at once: their columns and derivatives stay in cache
constexpr size_t kVariables = static_cast<size_t>(PairVariable::count);

/// The receivers' places in `receivers`, in the grid's order, so that a block's neighbourhoods overlap.
std::vector<uint32_t> sweepOrder(const CellGrid& grid, const std::vector<uint32_t>& receivers) {
  std::vector<uint32_t> order(receivers.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const uint32_t placeA = grid.place(receivers[a]), placeB = grid.place(receivers[b]);
    return placeA != placeB ? placeA < placeB : a < b;
  });
  return order;
}

/// Calls body(place in receivers, thread) for every receiver, block by block.
template <class Body>
void forEachReceiver(const PairSumRequest& request, Body body) {
  const std::vector<uint32_t> order = sweepOrder(*request.grid, request.receivers);
  const size_t blocks = (order.size() + kReceiversPerBlock - 1) / kReceiversPerBlock;
  parallelFor(blocks, request.threads, [&](size_t block, int thread) {
    const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
    for (size_t n = block * kReceiversPerBlock; n < end; ++n) body(order[n], thread);
  });
}

std::vector<PairVariable> variablesOf(const std::vector<Program>& messages) {
  std::vector<bool> used(kVariables, false);
  for (const Program& message : messages)
    for (int32_t word : message.code)
      if (static_cast<Op>(word & 255) == Op::variable) used[static_cast<size_t>(word >> 8)] = true;
  std::vector<PairVariable> variables;
  for (size_t v = 0; v < kVariables; ++v)
    if (used[v]) variables.push_back(static_cast<PairVariable>(v));
  return variables;
}

bool needsVelocity(PairVariable variable) { return variable >= PairVariable::speedI; }

void requireColumns(const HaloData& halos, PairVariable variable) {
  if ((variable == PairVariable::massI || variable == PairVariable::massJ) && halos.mass.empty())
    throw std::invalid_argument("the message uses masses, which the catalog does not have");
  if (needsVelocity(variable) && halos.vx.empty())
    throw std::invalid_argument("the message uses velocities, which the catalog does not have");
}

void fillColumn(double* out, PairVariable variable, const HaloData& halos, uint32_t receiver, const NeighbourColumns& pairs) {
  const PairColumnKernels& kernels = pairColumnKernels();
  const HaloVelocities v = {halos.vx.data(), halos.vy.data(), halos.vz.data()};
  switch (variable) {
    case PairVariable::massI: kernels.fill(out, halos.mass[receiver], pairs.count); break;
    case PairVariable::massJ: kernels.gather(out, halos.mass.data(), pairs.index, pairs.count); break;
    case PairVariable::r: kernels.widen(out, pairs.r, pairs.count); break;
    case PairVariable::speedI: kernels.fill(out, halos.speed[receiver], pairs.count); break;
    case PairVariable::speedJ: kernels.gather(out, halos.speed.data(), pairs.index, pairs.count); break;
    case PairVariable::relativeSpeed: kernels.relativeSpeed(out, v, receiver, pairs); break;
    case PairVariable::radialVelocity: kernels.radialVelocity(out, v, receiver, pairs); break;
    case PairVariable::cosineI: kernels.receiverCosine(out, v, receiver, pairs); break;
    case PairVariable::cosineJ: kernels.senderCosine(out, v, pairs); break;
    case PairVariable::count: break;
  }
}

NeighbourColumns columnsOf(const NeighbourBuffer& found) {
  return {found.count, found.index.data(), found.dx.data(), found.dy.data(), found.dz.data(), found.r.data()};
}

/// Pairs of several receivers gathered into one block of rows, evaluated when it is full. One a thread.
class RowBlock {
 public:
  RowBlock(const PairSumRequest& request, std::vector<double>& sums) : request_(request), sums_(sums) {
    size_t parameters = 0;
    for (const Program& message : request.messages) parameters = std::max(parameters, static_cast<size_t>(message.parameters));
    variables_ = variablesOf(request.messages);
    storage_.resize((variables_.size() + 1 + parameters) * kRows);
    double* next = storage_.data();
    columns_.assign(kVariables, nullptr);
    for (PairVariable variable : variables_) columns_[static_cast<size_t>(variable)] = next, next += kRows;
    values_ = next, next += kRows;
    for (size_t p = 0; p < parameters; ++p) derivatives_.push_back(next), next += kRows;
  }

  void add(uint32_t place) {
    const uint32_t receiver = request_.receivers[place];
    const NeighbourColumns all = neighboursOf(place);
    for (size_t begin = 0; begin < all.count;) {
      const size_t count = std::min(all.count - begin, kRows - rows_);
      const NeighbourColumns pairs = {count, all.index + begin, all.dx + begin, all.dy + begin, all.dz + begin, all.r + begin};
      for (PairVariable variable : variables_)
        fillColumn(const_cast<double*>(columns_[static_cast<size_t>(variable)]) + rows_, variable, *request_.halos, receiver, pairs);
      segments_.push_back({place, rows_, count});
      rows_ += count;
      begin += count;
      if (rows_ == kRows) flush();
    }
  }

  void flush() {
    if (rows_ == 0) return;
    size_t column = 0;
    for (const Program& message : request_.messages) {
      const double* constants = message.constants.data();
      if (request_.derivatives)
        jacobianBlock<double>(message, columns_.data(), constants, static_cast<int>(rows_), values_, derivatives_.data(), nullptr, workspace_);
      else
        evaluateBlock<double>(message, columns_.data(), constants, static_cast<int>(rows_), values_, workspace_);
      addSegments(column++, values_);
      for (int p = 0; request_.derivatives && p < message.parameters; ++p) addSegments(column++, derivatives_[static_cast<size_t>(p)]);
    }
    segments_.clear();
    rows_ = 0;
  }

 private:
  struct Segment {
    uint32_t place;
    size_t begin, count;
  };

  NeighbourColumns neighboursOf(uint32_t place) {
    if (const FoundNeighbours* found = request_.found.get()) {
      const size_t from = found->start[place];
      return {found->start[place + 1] - from, found->index.data() + from, found->dx.data() + from,
              found->dy.data() + from,        found->dz.data() + from,    found->r.data() + from};
    }
    request_.grid->neighbours(request_.receivers[place], neighbours_);
    return columnsOf(neighbours_);
  }

  void addSegments(size_t column, const double* rows) {
    double* sums = sums_.data() + column * request_.receivers.size();
    for (const Segment& segment : segments_) sums[segment.place] += pairColumnKernels().sum(rows + segment.begin, segment.count);
  }

  const PairSumRequest& request_;
  std::vector<double>& sums_;
  NeighbourBuffer neighbours_;
  std::vector<PairVariable> variables_;
  std::vector<double> storage_;
  std::vector<const double*> columns_;  // by PairVariable; null where no message reads it
  double* values_ = nullptr;
  std::vector<double*> derivatives_;
  Workspace workspace_;
  std::vector<Segment> segments_;
  size_t rows_ = 0;
};

}  // namespace

FoundNeighbours findNeighbours(const CellGrid& grid, const std::vector<uint32_t>& receivers) {
  FoundNeighbours all;
  NeighbourBuffer found;
  all.start.push_back(0);
  for (uint32_t receiver : receivers) {
    grid.neighbours(receiver, found);
    const auto append = [&](auto& column, const auto& values) { column.insert(column.end(), values.begin(), values.begin() + static_cast<ptrdiff_t>(found.count)); };
    append(all.index, found.index);
    append(all.dx, found.dx);
    append(all.dy, found.dy);
    append(all.dz, found.dz);
    append(all.r, found.r);
    all.start.push_back(all.index.size());
  }
  return all;
}

std::vector<double> sumMessages(const PairSumRequest& request) {
  size_t columns = 0;
  for (const Program& message : request.messages) columns += 1 + (request.derivatives ? static_cast<size_t>(message.parameters) : 0);
  for (PairVariable variable : variablesOf(request.messages)) requireColumns(*request.halos, variable);
  std::vector<double> sums(columns * request.receivers.size(), 0.0);
  const std::vector<uint32_t> order = sweepOrder(*request.grid, request.receivers);
  const size_t blocks = (order.size() + kReceiversPerBlock - 1) / kReceiversPerBlock;
  std::vector<std::unique_ptr<RowBlock>> rows(static_cast<size_t>(std::max(1, request.threads)));
  parallelFor(blocks, request.threads, [&](size_t block, int thread) {
    std::unique_ptr<RowBlock>& mine = rows[static_cast<size_t>(thread)];
    if (!mine) mine = std::make_unique<RowBlock>(request, sums);
    const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
    for (size_t n = block * kReceiversPerBlock; n < end; ++n) mine->add(order[n]);
    mine->flush();  // blocks share nothing, so that threads do not show in the sums
  });
  return sums;
}

std::vector<double> sumShells(const PairSumRequest& request, const std::vector<float>& edges) {
  const size_t shells = edges.size() - 1;
  const float* mass = request.halos->mass.empty() ? nullptr : request.halos->mass.data();
  const size_t width = shells * (mass ? 2 : 1);
  std::vector<double> sums(width * request.receivers.size(), 0.0);
  forEachReceiver(request, [&](uint32_t place, int) {
    static thread_local NeighbourBuffer neighbours;
    request.grid->neighbours(request.receivers[place], neighbours);
    const NeighbourColumns pairs = columnsOf(neighbours);
    double* row = sums.data() + place * width;
    pairColumnKernels().shells(row, mass ? row + shells : nullptr, mass, pairs, edges.data(), shells);
  });
  return sums;
}

std::vector<double> pairColumns(const PairSumRequest& request, const std::vector<uint32_t>& senders, const std::vector<PairVariable>& variables) {
  const size_t pairs = senders.size();
  for (PairVariable variable : variables) requireColumns(*request.halos, variable);
  std::vector<double> columns(pairs * variables.size());
  for (size_t n = 0; n < pairs; ++n) {
    float d[4];
    request.grid->separation(request.receivers[n], senders[n], d);
    const NeighbourColumns pair = {1, &senders[n], d, d + 1, d + 2, d + 3};
    for (size_t v = 0; v < variables.size(); ++v)
      fillColumn(columns.data() + v * pairs + n, variables[v], *request.halos, request.receivers[n], pair);
  }
  return columns;
}

}  // namespace halolaw

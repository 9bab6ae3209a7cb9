#include "sums/pair_sums.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "common/thread_pool.h"
#include "kernels/pair_columns.h"

namespace halolaw::sums {

namespace {

constexpr size_t kReceiversPerBlock = 64;
constexpr size_t kRows = 512;  // pairs evaluated at once: their columns and derivatives stay in cache
constexpr size_t kVariables = static_cast<size_t>(PairVariable::count);

/// The receivers' places in `receivers`, in the grid's order, so that a block's neighbourhoods overlap.
std::vector<uint32_t> sweepOrder(const CellGrid& grid, Span<const uint32_t> receivers) {
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

void fillColumn(Span<double> out, PairVariable variable, const HaloData& halos, uint32_t receiver,
                const kernels::NeighbourColumns& pairs) {
  const kernels::PairColumnKernels& kernels = kernels::pairColumnKernels();
  const kernels::HaloVelocities v = {halos.vx, halos.vy, halos.vz};
  switch (variable) {
    case PairVariable::massI: kernels.fill(out, halos.mass[receiver]); break;
    case PairVariable::massJ: kernels.gather(out, halos.mass, pairs.index); break;
    case PairVariable::r: kernels.widen(out, pairs.r); break;
    case PairVariable::speedI: kernels.fill(out, halos.speed[receiver]); break;
    case PairVariable::speedJ: kernels.gather(out, halos.speed, pairs.index); break;
    case PairVariable::relativeSpeed: kernels.relativeSpeed(out, v, receiver, pairs); break;
    case PairVariable::radialVelocity: kernels.radialVelocity(out, v, receiver, pairs); break;
    case PairVariable::cosineI: kernels.receiverCosine(out, v, receiver, pairs); break;
    case PairVariable::cosineJ: kernels.senderCosine(out, v, pairs); break;
    case PairVariable::count: break;
  }
}

/// Pairs of several receivers gathered into one block of rows, evaluated when it is full. One per thread.
class RowBlock {
 public:
  RowBlock(const PairSumRequest& request, std::vector<double>& sums) : request_(request), sums_(sums) {
    size_t parameters = 0;
    for (const Program& message : request.messages)
      parameters = std::max(parameters, static_cast<size_t>(message.parameters));
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
    const kernels::NeighbourColumns all = neighboursOf(place);
    for (size_t begin = 0; begin < all.size();) {
      const size_t count = std::min(all.size() - begin, kRows - rows_);
      const kernels::NeighbourColumns pairs = all.part(begin, count);
      for (PairVariable variable : variables_)
        fillColumn({const_cast<double*>(columns_[static_cast<size_t>(variable)]) + rows_, count}, variable,
                   *request_.halos, receiver, pairs);
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
      const Span<double> values = {values_, rows_};
      if (request_.derivatives)
        expression::jacobianBlock<double>(message, columns_, message.constants, {values, derivatives_, {}}, scratch_);
      else expression::evaluateBlock<double>(message, columns_, message.constants, values, scratch_);
      addSegments(column++, values_);
      for (int p = 0; request_.derivatives && p < message.parameters; ++p)
        addSegments(column++, derivatives_[static_cast<size_t>(p)]);
    }
    segments_.clear();
    rows_ = 0;
  }

 private:
  struct Segment {
    uint32_t place;
    size_t begin, count;
  };

  kernels::NeighbourColumns neighboursOf(uint32_t place) {
    if (const NeighbourLists* lists = request_.neighbours.get()) {
      const size_t from = lists->start[place];
      return lists->columns().part(from, lists->start[place + 1] - from);
    }
    request_.grid->neighbours(request_.receivers[place], neighbours_);
    return neighbours_.columns();
  }

  void addSegments(size_t column, const double* rows) {
    const size_t receivers = request_.receivers.size();
    const Span<double> sums = Span<double>(sums_).part(column * receivers, receivers);
    for (const Segment& segment : segments_)
      sums[segment.place] += kernels::pairColumnKernels().sum({rows + segment.begin, segment.count});
  }

  const PairSumRequest& request_;
  std::vector<double>& sums_;
  NeighbourBuffer neighbours_;
  std::vector<PairVariable> variables_;
  std::vector<double> storage_;
  std::vector<const double*> columns_;  // by PairVariable; null where no message reads it
  double* values_ = nullptr;
  std::vector<double*> derivatives_;
  expression::Scratch scratch_;
  std::vector<Segment> segments_;
  size_t rows_ = 0;
};

}  // namespace

NeighbourLists findNeighbours(const CellGrid& grid, Span<const uint32_t> receivers) {
  NeighbourLists all;
  NeighbourBuffer neighbours;
  all.start.push_back(0);
  for (uint32_t receiver : receivers) {
    grid.neighbours(receiver, neighbours);
    const auto append = [&](auto& column, const auto& values) {
      column.insert(column.end(), values.begin(), values.begin() + static_cast<ptrdiff_t>(neighbours.count));
    };
    append(all.index, neighbours.index);
    append(all.dx, neighbours.dx);
    append(all.dy, neighbours.dy);
    append(all.dz, neighbours.dz);
    append(all.r, neighbours.r);
    all.start.push_back(all.index.size());
  }
  return all;
}

std::vector<double> sumMessages(const PairSumRequest& request) {
  size_t columns = 0;
  for (const Program& message : request.messages)
    columns += 1 + (request.derivatives ? static_cast<size_t>(message.parameters) : 0);
  for (PairVariable variable : variablesOf(request.messages)) requireColumns(*request.halos, variable);
  std::vector<double> sums(columns * request.receivers.size(), 0.0);
  const std::vector<uint32_t> order = sweepOrder(*request.grid, request.receivers);
  const size_t blocks = (order.size() + kReceiversPerBlock - 1) / kReceiversPerBlock;
  std::vector<std::unique_ptr<RowBlock>> rows(static_cast<size_t>(std::max(1, request.threads)));
  parallelFor(blocks, request.threads, [&](size_t block, int thread) {
    std::unique_ptr<RowBlock>& ofThread = rows[static_cast<size_t>(thread)];
    if (!ofThread) ofThread = std::make_unique<RowBlock>(request, sums);
    const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
    for (size_t n = block * kReceiversPerBlock; n < end; ++n) ofThread->add(order[n]);
    ofThread->flush();  // blocks share nothing, so the number of threads does not change the sums
  });
  return sums;
}

std::vector<double> sumShells(const PairSumRequest& request, Span<const float> edges) {
  const size_t shells = edges.size() - 1;
  const std::vector<float>& mass = request.halos->mass;
  const size_t width = shells * (mass.empty() ? 1 : 2);
  std::vector<double> sums(width * request.receivers.size(), 0.0);
  forEachReceiver(request, [&](uint32_t place, int) {
    static thread_local NeighbourBuffer neighbours;
    request.grid->neighbours(request.receivers[place], neighbours);
    const Span<double> row = Span<double>(sums).part(place * width, width);
    kernels::pairColumnKernels().shells(row.part(0, shells), row.from(shells), mass, neighbours.columns(), edges);
  });
  return sums;
}

std::vector<double> pairColumns(const PairSumRequest& request, Span<const uint32_t> senders,
                                Span<const PairVariable> variables) {
  const size_t pairs = senders.size();
  for (PairVariable variable : variables) requireColumns(*request.halos, variable);
  std::vector<double> columns(pairs * variables.size());
  for (size_t n = 0; n < pairs; ++n) {
    const CellGrid::Separation d = request.grid->components(request.receivers[n], senders[n]);
    const kernels::NeighbourColumns pair = {senders.part(n, 1), {&d.dx, 1}, {&d.dy, 1}, {&d.dz, 1}, {&d.r, 1}};
    for (size_t v = 0; v < variables.size(); ++v)
      fillColumn(Span<double>(columns).part(v * pairs + n, 1), variables[v], *request.halos, request.receivers[n],
                 pair);
  }
  return columns;
}

}  // namespace halolaw::sums

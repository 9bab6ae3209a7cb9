#include "binding/cell_grid.h"
#include "binding/graph_network.h"

namespace halolaw::binding {

std::shared_ptr<NetworkWithTables> networkFrom(const Napi::Object& options) {
  auto engine = std::make_shared<NetworkWithTables>();
  NetworkShape shape;
  shape.edgeHidden = sizes(options.Get("edgeHidden"));
  shape.nodeHidden = sizes(options.Get("nodeHidden"));
  shape.messageWidth = options.Get("messageWidth").As<Napi::Number>().Uint32Value();
  shape.receiverInputs = options.Get("receiverInputs").As<Napi::Number>().Uint32Value();
  shape.nodeInputs = options.Get("nodeInputs").As<Napi::Number>().Uint32Value();
  shape.silu = options.Get("silu").As<Napi::Boolean>().Value();
  shape.linearSkip = options.Get("linearSkip").As<Napi::Boolean>().Value();
  shape.variational = options.Get("variational").As<Napi::Boolean>().Value();
  NetworkData data;
  data.grid = cellGridOf(options.Get("grid"));
  data.halos = data.grid->halos();
  engine->receiverTable = copied<float>(options.Get("receiverTable"));
  engine->senderTable = copied<float>(options.Get("senderTable"));
  engine->nodeTable = copied<float>(options.Get("nodeTable"));
  if (!options.Get("vx").IsNull()) {
    engine->vx = copied<float>(options.Get("vx"));
    engine->vy = copied<float>(options.Get("vy"));
    engine->vz = copied<float>(options.Get("vz"));
  }
  data.receiverTable = engine->receiverTable;
  data.senderTable = engine->senderTable;
  data.nodeTable = engine->nodeTable;
  data.velocities = {engine->vx, engine->vy, engine->vz};
  data.senderInputs = options.Get("senderInputs").As<Napi::Number>().Uint32Value();
  for (int32_t kind : copied<int32_t>(options.Get("kinds"))) data.kinds.push_back(static_cast<PairKind>(kind));
  data.mean = copied<float>(options.Get("mean"));
  data.inverseScale = copied<float>(options.Get("inverseScale"));
  data.meanDegree = number(options, "meanDegree");
  shape.edgeInputs = data.senderInputs + data.kinds.size();
  NetworkLoss loss;
  loss.huber = options.Get("huber").As<Napi::Boolean>().Value();
  loss.delta = number(options, "huberDelta");
  if (engine->receiverTable.size() != data.halos * shape.receiverInputs ||
      engine->senderTable.size() != data.halos * data.senderInputs ||
      engine->nodeTable.size() != data.halos * shape.nodeInputs || data.mean.size() != data.kinds.size() ||
      data.inverseScale.size() != data.kinds.size() || shape.edgeHidden.empty())
    throw Napi::RangeError::New(options.Env(), "the tables of the graph network do not fit the grid");
  engine->trainer =
      std::make_unique<GraphNetworkTrainer>(std::make_shared<const GraphNetwork>(shape, std::move(data), loss));
  if (!options.Get("degrees").IsNull()) {
    std::vector<uint32_t> degrees = copied<uint32_t>(options.Get("degrees"));
    if (degrees.size() != engine->network().data().halos)
      throw Napi::RangeError::New(options.Env(), "the degrees do not fit the grid");
    engine->trainer->setDegrees(std::move(degrees));
  }
  return engine;
}

}  // namespace halolaw::binding

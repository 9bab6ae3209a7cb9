import protobuf from 'protobufjs'

/**
 * The part of the ONNX format (intermediate representation 8, operator set 17) that dense networks need, with the field numbers
 * of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id })
const field = (type: string, id: number) => ({ type, id })
const messages = {
  ModelProto: {
    ir_version: field('int64', 1),
    producer_name: field('string', 2),
    doc_string: field('string', 6),
    graph: field('GraphProto', 7),
    opset_import: repeated('OperatorSetIdProto', 8),
    metadata_props: repeated('StringStringEntryProto', 14)
  },
  OperatorSetIdProto: { domain: field('string', 1), version: field('int64', 2) },
  StringStringEntryProto: { key: field('string', 1), value: field('string', 2) },
  GraphProto: {
    node: repeated('NodeProto', 1),
    name: field('string', 2),
    initializer: repeated('TensorProto', 5),
    input: repeated('ValueInfoProto', 11),
    output: repeated('ValueInfoProto', 12)
  },
  NodeProto: {
    input: repeated('string', 1),
    output: repeated('string', 2),
    name: field('string', 3),
    op_type: field('string', 4),
    attribute: repeated('AttributeProto', 5)
  },
  AttributeProto: { name: field('string', 1), i: field('int64', 3), type: field('int32', 20) },
  TensorProto: {
    dims: repeated('int64', 1),
    data_type: field('int32', 2),
    name: field('string', 8),
    raw_data: field('bytes', 9)
  },
  ValueInfoProto: { name: field('string', 1), type: field('TypeProto', 2), doc_string: field('string', 3) },
  TypeProto: { tensor_type: field('TensorTypeProto', 1) },
  TensorTypeProto: { elem_type: field('int32', 1), shape: field('TensorShapeProto', 2) },
  TensorShapeProto: { dim: repeated('DimensionProto', 1) },
  DimensionProto: { dim_value: field('int64', 1), dim_param: field('string', 2) }
}

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }]))
}).resolveAll()
const ModelProto = root.lookupType('ModelProto')

const float32 = 1
const intAttribute = 2

/** Name of a value in a graph. */
export type Value = string

/** Collects the operations of one function; every operation returns its output. */
export class OnnxGraph {
  private readonly nodes: object[] = []
  private readonly initializers: object[] = []
  private readonly inputs: object[] = []
  private readonly outputs: object[] = []

  /** A float32 input [rows x width]; `rows` is the name of the variable dimension. */
  input(name: string, rows: string, width: number, meaning: string): Value {
    this.inputs.push(valueInfo(name, rows, width, meaning))
    return name
  }

  output(value: Value, rows: string, width: number, meaning: string): void {
    this.outputs.push(valueInfo(value, rows, width, meaning))
  }

  /** A float32 constant, row-major. */
  constant(name: string, dims: number[], values: ArrayLike<number>): Value {
    const raw = new Uint8Array(Float32Array.from(values).buffer)
    this.initializers.push({ name, dims, data_type: float32, raw_data: raw })
    return name
  }

  /** One operation of ONNX's default operator set. */
  apply(operator: string, inputs: Value[], output: Value, integers: Record<string, number> = {}): Value {
    const attribute = Object.entries(integers).map(([name, i]) => ({ name, i, type: intAttribute }))
    this.nodes.push({ name: output, op_type: operator, input: inputs, output: [output], attribute })
    return output
  }

  /** The bytes of an .onnx file. */
  encode(name: string, description: string, metadata: Record<string, string>): Uint8Array {
    const model = {
      ir_version: 8,
      producer_name: 'Halolaw',
      doc_string: description,
      graph: {
        name,
        node: this.nodes,
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs
      },
      opset_import: [{ domain: '', version: 17 }],
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value }))
    }
    return ModelProto.encode(ModelProto.create(model)).finish()
  }
}

function valueInfo(name: string, rows: string, width: number, meaning: string): object {
  const shape = { dim: [{ dim_param: rows }, { dim_value: width }] }
  return { name, doc_string: meaning, type: { tensor_type: { elem_type: float32, shape } } }
}

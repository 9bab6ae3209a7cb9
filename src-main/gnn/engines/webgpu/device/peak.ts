const lanes = 128
const chains = 8
const secondsEach = 0.05

/** GFLOP/s of multiply-adds on registers, on the whole device. Destroys the device. */
export async function measurePeak(device: GPUDevice): Promise<number> {
  try {
    const each = Array.from({ length: chains }, (_, n) => n)
    const code = `
@group(0) @binding(0) var<storage, read_write> numbers: array<vec4f>;
@group(0) @binding(1) var<uniform> repeats: vec4u;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = numbers[0];
  let term = numbers[1];
  ${each.map((n) => `var c${n} = vec4f(f32(id.x + ${n}u));`).join(' ')}
  for (var n = 0u; n < repeats.x; n++) { ${each.map((n) => `c${n} = fma(c${n}, factor, term);`).join(' ')} }
  numbers[2u + id.x % 64u] = ${each.map((n) => `c${n}`).join(' + ')};
}`
    const [storage, uniform, copyTarget] = [128, 64, 8]
    const numbers = device.createBuffer({ size: 66 * 16, usage: storage | copyTarget })
    device.queue.writeBuffer(numbers, 0, new Float32Array(8).fill(0.5))
    const repeats = device.createBuffer({ size: 16, usage: uniform | copyTarget })
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code }) }
    })
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [numbers, repeats].map((buffer, binding) => ({ binding, resource: { buffer } }))
    })
    const run = async (count: number, workgroups: number): Promise<number> => {
      device.queue.writeBuffer(repeats, 0, Uint32Array.of(count, 0, 0, 0))
      await device.queue.onSubmittedWorkDone()
      const began = performance.now()
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(workgroups)
      pass.end()
      device.queue.submit([encoder.finish()])
      await device.queue.onSubmittedWorkDone()
      return (performance.now() - began) / 1000
    }
    // Enough workgroups for the largest cards, and enough repeats to fill the time.
    const workgroups = 2048
    let count = 4
    let seconds = await run(count, workgroups)
    for (; seconds < secondsEach && count < 2 ** 20; seconds = await run(count, workgroups)) count *= 2
    const operations = 2 * 4 * chains * lanes * workgroups * count
    return operations / Math.min(seconds, await run(count, workgroups)) / 1e9
  } finally {
    device.destroy()
  }
}

// The service as Electron's main starts it: requests and answers over the pipe that is its file descriptor 3.
import { Socket } from 'node:net'
import { FramePipe } from '../frames.ts'
import { answer } from './answer.ts'
import { createService } from './index.ts'

const service = createService({ shell: 'desktop', openAtStart: process.argv[2] ?? null })

let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  await service.close()
  process.exit(0)
}

const pipe = new FramePipe(new Socket({ fd: 3 }), {
  onMessage: (message) => void answer(service, pipe, message),
  onBytes: () => {},
  onEnd: () => void end()
})
service.on((event, data) => pipe.send({ event, data }))
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())

// The service process that the desktop shell and `halolaw serve` start. Requests and answers use the pipe on file
// descriptor 3; the one argument holds the options as JSON.
import { Socket } from 'node:net'
import { answer } from '../backend.ts'
import { FramePipe } from '../frames.ts'
import { createService, type ServiceOptions } from './index.ts'
import { localBackend } from './local-backend.ts'

// The shell that starts this process is part of the same program, so the options need no check.
const service = createService(JSON.parse(process.argv[2]) as ServiceOptions)
const backend = localBackend(service)

let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  await service.close()
  process.exit(0)
}

const pipe = new FramePipe(new Socket({ fd: 3 }), {
  onMessage: (message) => void answer(backend, pipe, message),
  onBytes: () => {},
  onEnd: () => void end()
})
service.on((event, data) => pipe.send({ event, data }))
process.on('SIGTERM', () => void end())
// Ctrl+C in a terminal reaches this process too; the shell that started it decides, and closes the pipe.
process.on('SIGINT', () => {})

// The process of one run: run-manager.ts starts it, and it exits when the run ends.
import { serveJob } from './job-process.ts'
import { runPipeline } from '../../run/pipeline.ts'

serveJob(runPipeline)

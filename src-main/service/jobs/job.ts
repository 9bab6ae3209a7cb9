// The process of one run: started by run-manager.ts, gone when the run ends.
import { serveJob } from './job-process.ts'
import { runPipeline } from '../../run/pipeline.ts'

serveJob(runPipeline)

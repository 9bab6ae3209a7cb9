// The process of one run: started by run-manager.ts, gone when the run ends.
import { serveJob } from './job-process.ts'
import { runPipeline } from './pipeline.ts'

serveJob(runPipeline)

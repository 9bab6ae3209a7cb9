// Reads each catalog that it receives on its own thread, and reports the outcome with the largest memory so far.
import { readCatalog } from '../../src-main/catalog/read.ts'
import { asHalolawError } from '../../src-main/service/jobs/errors.ts'
import type { MutatedReply } from './mutated-catalogs.ts'

function reply(code: string, message: string): void {
  const answer: MutatedReply = { code, message, megabytes: process.resourceUsage().maxRSS / 1024 }
  process.send!(answer)
}

process.on('message', async (path: string) => {
  try {
    const { halos, warnings } = await readCatalog(path, { memoryLimit: 3e8 })
    reply('ok', `${halos} halos\n${warnings.join('\n')}`)
  } catch (cause) {
    const { code, message } = asHalolawError(cause)
    reply(code, code === 'internal' ? String((cause as Error).stack) : message)
  }
})
reply('ready', '')

import type { ServiceState } from '../../src-shared/contract.ts'
import { formatDuration } from '../parts/format.ts'

/**
 * What the status bar says of the service. A restarted service has another address, which only the user can open.
 * @param lostFor seconds since the service answered last
 */
export function connectionText(service: ServiceState, lostFor: number): string {
  if (service === 'up') return 'Service ready'
  if (lostFor < 10) return 'Service disconnected, reconnecting'
  return `Service disconnected for ${formatDuration(lostFor)}; if you stopped it, start it again and open the address that it prints`
}

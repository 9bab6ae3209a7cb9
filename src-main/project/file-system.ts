import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** `statfs(2)` types on Linux of file systems where several machines, or a program behind FUSE, may write files. */
const networkTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x517b, // SMB
  0x0bd00bd0, // Lustre
  0x65735546, // FUSE
  0x01021997, // 9p
  0x00c36400, // Ceph
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x5346414f, // AFS
  0x6b414653, // kAFS
  0x73757245, // Coda
  0x7461636f, // OCFS2
  0x01161970, // GFS2
  0xaad7aaea, // PanFS
  0x786f4256 // VirtualBox
])

/**
 * Journal mode of a project on a file system. Write-ahead logging shares memory between processes, which network file
 * systems do not support.
 * @param type of `statfs(2)`; null if unknown
 */
export function journalModeOn(type: number | null): 'WAL' | 'DELETE' {
  return type !== null && networkTypes.has(type >>> 0) ? 'DELETE' : 'WAL'
}

/** Type of the file system of a file, which need not exist; null if the system does not report it. */
export function fileSystemType(path: string): number | null {
  if (process.platform !== 'linux') return null
  try {
    return statfsSync(dirname(path)).type
  } catch {
    return null
  }
}

/** Names of the messages between the preload script and the shell. */
export const channels = {
  call: 'halolaw:call',
  event: 'halolaw:event',
  connection: 'halolaw:connection',
  isConnected: 'halolaw:is-connected',
  openDialog: 'halolaw:open-dialog',
  saveDialog: 'halolaw:save-dialog'
} as const

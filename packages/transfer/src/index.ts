export { defaultConfig, type TransferConfig } from './config.ts';
export { startTransfer, type Transfer, type TransferOptions } from './start-transfer.ts';

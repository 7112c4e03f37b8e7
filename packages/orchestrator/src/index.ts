export { bootstrapRoot } from './accounts/bootstrap-root.ts';
export { issueToken } from './accounts/issue-token.ts';
export { revokeToken } from './accounts/revoke-token.ts';
export * from './lake.ts';
export {
  migrationsDirectory,
  type Orchestrator,
  type OrchestratorOptions,
  startOrchestrator,
} from './orchestrator.ts';

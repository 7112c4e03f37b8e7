export { bootstrapRoot } from './accounts/bootstrap-root.ts';
export * from './lake.ts';
export { migrationsDirectory, type Orchestrator, type OrchestratorOptions, startOrchestrator } from './orchestrator.ts';

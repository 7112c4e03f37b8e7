export * from './lake.ts';
export { migrationsDirectory, type Orchestrator, type OrchestratorOptions, startOrchestrator } from './orchestrator.ts';

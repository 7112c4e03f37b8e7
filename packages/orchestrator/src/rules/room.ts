import type { Room } from '../server/room.ts';
import { judgeCleaner } from './judge-cleaner.ts';
import { judgeEvaluator } from './judge-evaluator.ts';
import { judgeInjector } from './judge-injector.ts';
import { judgeRepairer } from './judge-repairer.ts';
import { routes } from './routes.ts';

export const rules: Room = {
  name: 'rules',
  routes,
  daemons: (lake) => [judgeInjector(lake), judgeEvaluator(lake), judgeRepairer(lake), judgeCleaner(lake)],
};

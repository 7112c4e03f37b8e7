import type { Room } from '../server/room.ts';
import { abacusDaemons } from './abacus.ts';

export const counters: Room = { name: 'counters', daemons: abacusDaemons };

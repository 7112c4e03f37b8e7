import type { Room } from '../server/room.ts';

export const reaper: Room = { name: 'reaper' };

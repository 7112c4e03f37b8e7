import type { Room } from '../server/room.ts';

export const explain: Room = { name: 'explain' };

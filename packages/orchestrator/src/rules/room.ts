import type { Room } from '../server/room.ts';

export const rules: Room = { name: 'rules' };

import { createContext, type ReactNode, use, useState } from 'react';
import type { Zone } from '../parts/format.ts';

interface Settings {
  zone: Zone;
  setZone(zone: Zone): void;
}

const Context = createContext<Settings>({ zone: 'UTC', setZone: () => undefined });
const KEY = 'leman-zone';

const stored = (): Zone => {
  try {
    return localStorage.getItem(KEY) === 'local' ? 'local' : 'UTC';
  } catch {
    return 'UTC';
  }
};

/** What a person has chosen in this browser. */
export const SettingsProvider = ({ children }: { children: ReactNode }) => {
  const [zone, set] = useState<Zone>(stored);
  const setZone = (next: Zone) => {
    set(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing: the choice lasts as long as the page.
    }
  };
  return <Context value={{ zone, setZone }}>{children}</Context>;
};

export const useSettings = (): Settings => use(Context);

import { useEffect, useState } from 'react';

/** For what stands in front of the page: when it goes, the keyboard is where it was before. */
export const useFocusBack = (): void => {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // What is in front takes its focus along when it goes; after that the place is free.
      setTimeout(() => {
        const free = document.activeElement === null || document.activeElement === document.body;
        if (free && before instanceof HTMLElement && before.isConnected)
          before.focus({ preventScroll: true });
      });
    },
    [before],
  );
};

import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/fonts.css';
import './theme/tokens.css';
import './theme/touch.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { queries } from './app/lake.ts';
import { SettingsProvider } from './app/settings.tsx';
import { router } from './routes.tsx';
import { theme } from './theme/theme.ts';

// Style elements are allowed with the nonce of this very answer; libraries that make some find it here.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
Object.assign(globalThis, { __webpack_nonce__: nonce });

createRoot(document.getElementById('page')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
    <QueryClientProvider client={queries}>
      <SettingsProvider>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
      </SettingsProvider>
    </QueryClientProvider>
  </MantineProvider>,
);

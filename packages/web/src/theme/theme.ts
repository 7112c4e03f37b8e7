import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The water at ten depths. */
const lake: MantineColorsTuple = [
  '#eaf6fa',
  '#d3e9f0',
  '#a6d3e1',
  '#76bbd1',
  '#4fa7c3',
  '#2a86a5',
  '#176a87',
  '#0a5069',
  '#07394c',
  '#052936',
];

export const theme = createTheme({
  colors: { lake },
  primaryColor: 'lake',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

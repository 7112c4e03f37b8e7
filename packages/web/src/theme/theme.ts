import {
  createTheme,
  Drawer,
  defaultVariantColorsResolver,
  InputWrapper,
  type MantineColorsTuple,
  Menu,
  Modal,
  type VariantColorsResolver,
} from '@mantine/core';

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

/** Night over the water: the greys of dark mode, towards blue. */
const dark: MantineColorsTuple = [
  '#dfe9ee',
  '#b0c3cd',
  '#93a9b5',
  '#6f8794',
  '#27404d',
  '#1f3440',
  '#172832',
  '#101d25',
  '#0c171e',
  '#0a1319',
];

/** Filled buttons and dangerous words in the tokens of the palette, which keep 7:1 in both schemes. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const usual = defaultVariantColorsResolver(input);
  const color = input.color ?? 'lake';
  if (color === 'red') {
    return input.variant === 'filled'
      ? { ...usual, background: 'var(--failed-ink)', hover: 'var(--failed-ink)', color: 'var(--surface)' }
      : { ...usual, color: 'var(--failed-ink)', hover: 'var(--failed-wash)' };
  }
  if (color !== 'lake') return usual;
  if (input.variant === 'default') return usual;
  return input.variant === 'filled'
    ? { ...usual, background: 'var(--brand)', hover: 'var(--brand-strong)', color: 'var(--on-brand)' }
    : { ...usual, color: 'var(--brand)' };
};

/** What stands in front dims the page like deep water. */
const inFront = {
  closeButtonProps: { 'aria-label': 'Close' },
  overlayProps: { color: '#052936', backgroundOpacity: 0.4 },
  styles: { title: { fontWeight: 620 } },
} as const;

export const theme = createTheme({
  colors: { lake, dark },
  primaryColor: 'lake',
  primaryShade: { light: 7, dark: 3 },
  autoContrast: true,
  variantColorResolver,
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({ defaultProps: inFront }),
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Drawer: Drawer.extend({ defaultProps: inFront }),
    InputWrapper: InputWrapper.extend({
      styles: { label: { marginBottom: 4 }, description: { marginBottom: 6 } },
    }),
  },
});

// Builds the pages. Does nothing when their tools are not installed (npm ci --omit=dev): the lake then works without.
try {
  await import('../packages/web/build.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.log('The pages are not built: vite is not installed.');
}

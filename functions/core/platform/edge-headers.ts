/** Header with which the stage's CloudFront distribution proves that a request passed it. */
export const EDGE_SECRET_HEADER = 'x-jobdeck-edge';
/** Header with the client's IP address, set by the distribution. */
export const VIEWER_ADDRESS_HEADER = 'x-jobdeck-viewer-address';

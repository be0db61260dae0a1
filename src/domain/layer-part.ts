/** Bytes that every part of an upload but the last must have (ECR: UploadLayerPart). A chunk of the OCI front is no part. */
export const leastPartSize = 5 * 1024 * 1024;

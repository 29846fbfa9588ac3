// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/fileblob"  // file://
	_ "gocloud.dev/blob/memblob"   // mem://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// openBucket opens the bucket that a URL names, or none.
func openBucket(ctx context.Context, bucketURL string) (*blob.Bucket, error) {
	if bucketURL == "" {
		return nil, nil
	}
	bucket, err := blob.OpenBucket(ctx, bucketURL)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of --bucket-url: %w", err)
	}
	return bucket, nil
}

func closeBucket(bucket *blob.Bucket) {
	if bucket != nil {
		// The command ends: nobody could be told.
		_ = bucket.Close()
	}
}

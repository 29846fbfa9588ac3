// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"

	"gocloud.dev/blob"

	"cloudrecording.dev/operator/hack/objectstore"
)

// BucketName is the name of an environment's bucket.
const BucketName = "recordings"

// Bucket is a bucket on a real S3 server.
type Bucket struct {
	// Bucket has full access.
	*blob.Bucket
	Server *objectstore.Server
	// Reader may only list and read the bucket.
	Reader objectstore.Credentials
}

// StartBucket starts an S3 server with a bucket. The cleanup stops it.
func StartBucket(ctx context.Context, cleanup *Cleanup) (_ *Bucket, err error) {
	b := &Bucket{}
	if b.Server, err = objectstore.StartS3(ctx); err != nil {
		return nil, err
	}
	cleanup.Add(b.Server.Stop)
	if err := b.Server.CreateBucket(ctx, BucketName); err != nil {
		return nil, err
	}
	if b.Reader, err = b.Server.AddReader(ctx, BucketName); err != nil {
		return nil, err
	}
	if b.Bucket, err = b.Server.Bucket(ctx, BucketName); err != nil {
		return nil, err
	}
	cleanup.Add(b.Close)
	return b, nil
}

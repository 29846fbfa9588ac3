// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"gocloud.dev/blob"

	"cloudrecording.dev/operator/hack/objectstore"
)

// bucketName names the bucket that the simulator records into.
const bucketName = "recordings"

// store is a real S3 server with a bucket, and a key that may only read it.
type store struct {
	server *objectstore.Server
	bucket *blob.Bucket
	reader objectstore.Credentials
}

func startStore(ctx context.Context) (_ *store, err error) {
	server, err := objectstore.StartS3(ctx, objectstore.Options{})
	if err != nil {
		return nil, err
	}
	s := &store{server: server}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if err := server.CreateBucket(ctx, bucketName); err != nil {
		return nil, err
	}
	if s.reader, err = server.AddReader(ctx, bucketName); err != nil {
		return nil, err
	}
	if s.bucket, err = server.Bucket(ctx, bucketName); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *store) stop() error {
	var err error
	if s.bucket != nil {
		err = s.bucket.Close()
	}
	return errors.Join(err, s.server.Stop())
}

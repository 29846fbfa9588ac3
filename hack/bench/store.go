// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"cloudrecording.dev/operator/hack/objectstore"
)

const (
	bucketName = "recordings"

	// pageSize is how many keys S3 lists at once, at the most.
	pageSize = 1000
)

// store is a real S3 server with a bucket.
type store struct {
	server *objectstore.Server

	// bucket writes to the server directly.
	bucket *blob.Bucket

	// gate is before the server for those who read, with a key that may do
	// nothing else.
	gate   *gate
	reader objectstore.Credentials
}

func startStore(ctx context.Context) (_ *store, err error) {
	s := &store{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.server, err = objectstore.StartS3(ctx, objectstore.Options{}); err != nil {
		return nil, err
	}
	if err = s.server.CreateBucket(ctx, bucketName); err != nil {
		return nil, err
	}
	if s.reader, err = s.server.AddReader(ctx, bucketName); err != nil {
		return nil, err
	}
	if s.bucket, err = s.server.Bucket(ctx, bucketName); err != nil {
		return nil, err
	}
	s.gate, err = newGate(ctx, s.server.Endpoint)
	return s, err
}

func (s *store) stop() error {
	var err error
	if s.gate != nil {
		err = s.gate.close()
	}
	if s.bucket != nil {
		err = errors.Join(err, s.bucket.Close())
	}
	if s.server != nil {
		err = errors.Join(err, s.server.Stop())
	}
	return err
}

// plainReading is what a plain reading of a recording's files costs.
type plainReading struct {
	keys, pages, indexes int
	took                 time.Duration
}

// readPlainly lists what begins with a prefix and reads the indexes, one request
// after another, by the way on which the operator reads.
func (s *store) readPlainly(ctx context.Context, prefix string) (reading plainReading, err error) {
	client := s3.New(s3.Options{
		Region:       objectstore.Region,
		BaseEndpoint: aws.String(s.gate.URL),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(s.reader.AccessKey, s.reader.SecretKey, ""),
	})
	bucket, err := s3blob.OpenBucket(ctx, client, bucketName, nil)
	if err != nil {
		return plainReading{}, fmt.Errorf("open the bucket: %w", err)
	}
	defer func() { err = errors.Join(err, bucket.Close()) }()
	began := time.Now()
	for token := blob.FirstPageToken; len(token) > 0; {
		var objects []*blob.ListObject
		objects, token, err = bucket.ListPage(ctx, token, pageSize, &blob.ListOptions{Prefix: prefix})
		if err != nil {
			return plainReading{}, fmt.Errorf("list the bucket: %w", err)
		}
		reading.pages++
		reading.keys += len(objects)
		for _, object := range objects {
			if path.Ext(object.Key) != ".m3u8" {
				continue
			}
			if _, err = bucket.ReadAll(ctx, object.Key); err != nil {
				return plainReading{}, fmt.Errorf("read the index: %w", err)
			}
			reading.indexes++
		}
	}
	reading.took = time.Since(began)
	return reading, nil
}

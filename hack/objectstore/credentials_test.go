// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/s3blob"

	"cloudrecording.dev/operator/hack/objectstore"
)

// openAs opens the bucket with the given key pair.
func openAs(ctx context.Context, server *objectstore.Server, pair objectstore.Credentials) *blob.Bucket {
	GinkgoHelper()
	bucket, err := openS3As(ctx, server, pair)
	if strings.HasSuffix(server.Endpoint, "/"+server.AccessKey) {
		bucket, err = openAzureAs(ctx, server, pair)
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(bucket.Close)
	return bucket
}

func openS3As(ctx context.Context, server *objectstore.Server, pair objectstore.Credentials) (*blob.Bucket, error) {
	client := s3.New(s3.Options{
		Region:       objectstore.Region,
		BaseEndpoint: aws.String(server.Endpoint),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(pair.AccessKey, pair.SecretKey, ""),
	})
	return s3blob.OpenBucket(ctx, client, bucketName, nil)
}

func openAzureAs(ctx context.Context, server *objectstore.Server, pair objectstore.Credentials) (*blob.Bucket, error) {
	credential, err := container.NewSharedKeyCredential(pair.AccessKey, pair.SecretKey)
	if err != nil {
		return nil, err
	}
	client, err := container.NewClientWithSharedKeyCredential(server.Endpoint+"/"+bucketName, credential, nil)
	if err != nil {
		return nil, err
	}
	return azureblob.OpenBucket(ctx, client, nil)
}

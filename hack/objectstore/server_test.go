// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"cloudrecording.dev/operator/hack/objectstore"
)

const bucketName = "lessons"

var _ = DescribeTableSubtree("A server", func(starter starter) {
	It("keeps what is written, lists it by prefix and page, and reads it back", func(ctx SpecContext) {
		server := start(ctx, starter)
		bucket := openBucket(ctx, server)
		for i := range 5 {
			write(ctx, bucket, fmt.Sprintf("math/slice%d.ts", i), fmt.Sprintf("slice %d", i))
		}
		write(ctx, bucket, "music/slice0.ts", "another lesson")

		first, token, err := bucket.ListPage(ctx, blob.FirstPageToken, 3, &blob.ListOptions{Prefix: "math/"})
		Expect(err).NotTo(HaveOccurred())
		second, token, err := bucket.ListPage(ctx, token, 3, &blob.ListOptions{Prefix: "math/"})
		Expect(err).NotTo(HaveOccurred())

		Expect(keys(first)).To(Equal([]string{"math/slice0.ts", "math/slice1.ts", "math/slice2.ts"}))
		Expect(keys(second)).To(Equal([]string{"math/slice3.ts", "math/slice4.ts"}))
		Expect(token).To(BeEmpty())
		Expect(first[0].Size).To(BeEquivalentTo(len("slice 0")))
		Expect(bucket.ReadAll(ctx, "math/slice4.ts")).To(BeEquivalentTo("slice 4"))
	})

	It("leaves a bucket as it is that is created again", func(ctx SpecContext) {
		server := start(ctx, starter)
		bucket := openBucket(ctx, server)
		write(ctx, bucket, "index.m3u8", "#EXTM3U")

		Expect(server.CreateBucket(ctx, bucketName)).To(Succeed())

		Expect(bucket.ReadAll(ctx, "index.m3u8")).To(BeEquivalentTo("#EXTM3U"))
	})

	It("says what is not there", func(ctx SpecContext) {
		server := start(ctx, starter)
		bucket := openBucket(ctx, server)

		_, err := bucket.ReadAll(ctx, "absent")

		Expect(gcerrors.Code(err)).To(Equal(gcerrors.NotFound))
	})

	It("refuses a wrong key", func(ctx SpecContext) {
		server := start(ctx, starter)
		write(ctx, openBucket(ctx, server), "index.m3u8", "#EXTM3U")
		wrong := base64.StdEncoding.EncodeToString([]byte(rand.Text()))
		bucket := openAs(ctx, server, objectstore.Credentials{AccessKey: server.AccessKey, SecretKey: wrong})

		_, err := bucket.ReadAll(ctx, "index.m3u8")

		Expect(err).To(MatchError(ContainSubstring("403")))
	})

	It("does not share its objects or its keys with another server", func(ctx SpecContext) {
		servers := make([]*objectstore.Server, 2)
		var starting sync.WaitGroup
		for i := range servers {
			starting.Go(func() {
				defer GinkgoRecover()
				servers[i] = start(ctx, starter)
			})
		}
		starting.Wait()

		for i, server := range servers {
			write(ctx, openBucket(ctx, server), "index.m3u8", fmt.Sprintf("server %d", i))
		}

		Expect(openBucket(ctx, servers[0]).ReadAll(ctx, "index.m3u8")).To(BeEquivalentTo("server 0"))
		Expect(openBucket(ctx, servers[1]).ReadAll(ctx, "index.m3u8")).To(BeEquivalentTo("server 1"))
		Expect(servers[0].Endpoint).NotTo(Equal(servers[1].Endpoint))
		Expect(servers[0].SecretKey).NotTo(Equal(servers[1].SecretKey))
	})

	It("no longer listens once stopped, and may be stopped again", func(ctx SpecContext) {
		server := start(ctx, starter)
		Expect(dial(ctx, server.Endpoint)).To(Succeed())

		Expect(server.Stop()).To(Succeed())

		Expect(dial(ctx, server.Endpoint)).NotTo(Succeed())
		Expect(server.Stop()).To(Succeed())
	})

	It("is not started when the context has ended", func(ctx SpecContext) {
		start(ctx, starter)
		ended, cancel := context.WithCancel(ctx)
		cancel()

		_, err := starter(ended)

		Expect(err).To(MatchError(context.Canceled))
	})
},
	Entry("for S3", starter(objectstore.StartS3)),
	Entry("for Azure", starter(objectstore.StartAzure)),
)

// openBucket creates a bucket and opens it with full access.
func openBucket(ctx context.Context, server *objectstore.Server) *blob.Bucket {
	GinkgoHelper()
	Expect(server.CreateBucket(ctx, bucketName)).To(Succeed())
	bucket, err := server.Bucket(ctx, bucketName)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(bucket.Close)
	return bucket
}

func write(ctx context.Context, bucket *blob.Bucket, key, content string) {
	GinkgoHelper()
	Expect(bucket.WriteAll(ctx, key, []byte(content), nil)).To(Succeed())
}

func keys(objects []*blob.ListObject) []string {
	var keys []string
	for _, object := range objects {
		keys = append(keys, object.Key)
	}
	return keys
}

func dial(ctx context.Context, endpoint string) error {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", parsed.Host)
	if err != nil {
		return err
	}
	return connection.Close()
}

// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"context"
	"io"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
)

// carrier answers every request with an empty listing and records the request.
type carrier struct {
	requests []*http.Request
}

func (c *carrier) RoundTrip(request *http.Request) (*http.Response, error) {
	c.requests = append(c.requests, request)
	body := `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`
	if request.URL.Query().Get("comp") == "list" {
		body = `<?xml version="1.0"?><EnumerationResults><Blobs></Blobs><NextMarker/></EnumerationResults>`
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/xml"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    request,
	}, nil
}

// asked returns the first request that is sent for a location.
func asked(location storage.Location) *http.Request {
	GinkgoHelper()
	carrier := &carrier{}
	credentials := storage.Credentials{AccessKey: "accesskey", SecretKey: "c2VjcmV0", StsToken: "token"}
	finding, err := newVerifier(verify.Options{}).WithTransport(carrier).
		Verify(context.Background(), location, credentials, storage.Recording{SID: sid})
	Expect(err).NotTo(HaveOccurred())
	Expect(finding.Found()).To(BeFalse())
	Expect(carrier.requests).To(HaveLen(4))
	return carrier.requests[0]
}

var _ = Describe("A location", func() {
	DescribeTable("is asked for at the vendor's own address, in its own style",
		func(vendor, region int, bucket, host, path, signedFor string) {
			request := asked(storage.Location{Vendor: int32(vendor), Region: int32(region), Bucket: bucket, FileNamePrefix: []string{"rec"}})
			Expect(request.URL.Scheme).To(Equal("https"))
			Expect(request.URL.Host).To(Equal(host))
			Expect(request.URL.Path).To(Equal(path))
			Expect(request.URL.Query().Get("prefix")).To(Equal("rec/" + sid))
			authorization := request.Header.Get("Authorization")
			Expect(authorization).To(ContainSubstring(signedFor))
			Expect(authorization).NotTo(ContainSubstring("accept-encoding"))
			Expect(request.Header).NotTo(HaveKey("Accept-Encoding"))
		},
		Entry("Amazon", 1, 0, "recordings", "recordings.s3.us-east-1.amazonaws.com", "/", "/us-east-1/s3/aws4_request"),
		Entry("Amazon, a name with dots", 1, 7, "my.recordings", "s3.eu-central-1.amazonaws.com", "/my.recordings", "/eu-central-1/s3/"),
		Entry("Amazon, an Express name", 1, 0, "rec--use1-az4--x-s3", "rec--use1-az4--x-s3.s3.us-east-1.amazonaws.com", "/", "/us-east-1/s3/"),
		Entry("Amazon, China", 1, 15, "recordings", "recordings.s3.cn-north-1.amazonaws.com.cn", "/", "/cn-north-1/s3/"),
		Entry("Amazon, China's west", 1, 16, "recordings", "recordings.s3.cn-northwest-1.amazonaws.com.cn", "/", "/cn-northwest-1/s3/"),
		Entry("Amazon, Israel", 1, 28, "recordings", "recordings.s3.il-central-1.amazonaws.com", "/", "/il-central-1/s3/"),
		Entry("Alibaba", 2, 0, "recordings", "recordings.s3.oss-cn-hangzhou.aliyuncs.com", "/", "/cn-hangzhou/s3/"),
		Entry("Alibaba in Dubai", 2, 18, "recordings", "recordings.s3.oss-me-east-1.aliyuncs.com", "/", "/me-east-1/s3/"),
		Entry("Alibaba in Seoul", 2, 26, "recordings", "recordings.s3.oss-ap-northeast-2.aliyuncs.com", "/", "/ap-northeast-2/s3/"),
		Entry("Alibaba, the last region, in Bangkok", 2, 27, "recordings", "recordings.s3.oss-ap-southeast-7.aliyuncs.com", "/", "/ap-southeast-7/s3/"),
		Entry("Tencent", 3, 6, "rec-1250000000", "rec-1250000000.cos.ap-shenzhen-fsi.myqcloud.com", "/", "/ap-shenzhen-fsi/s3/"),
		Entry("Azure", 5, 0, "recordings", "accesskey.blob.core.windows.net", "/recordings", "SharedKey accesskey:"),
		Entry("Google", 6, 0, "recordings", "storage.googleapis.com", "/recordings", "/auto/s3/"),
		Entry("Huawei", 7, 12, "recordings", "recordings.obs.na-mexico-1.myhuaweicloud.com", "/", "/na-mexico-1/s3/"),
		Entry("Baidu", 8, 7, "recordings", "s3.fsh.bcebos.com", "/recordings", "/fsh/s3/"),
	)

	DescribeTable("is asked for at the endpoint that is given",
		func(vendor int, endpoint, bucket, address string) {
			request := asked(storage.Location{Vendor: int32(vendor), Endpoint: endpoint, Bucket: bucket})
			Expect(request.URL.Scheme + "://" + request.URL.Host + request.URL.Path).To(Equal(address))
		},
		Entry("a service of its own", 11, "http://127.0.0.1:9000", "recordings", "http://127.0.0.1:9000/recordings"),
		Entry("a service under a path", 11, "https://127.0.0.1/s3/", "recordings", "https://127.0.0.1/s3/recordings"),
		Entry("a host alone", 11, "oss-cn-beijing.aliyuncs.com", "recordings", "https://oss-cn-beijing.aliyuncs.com/recordings"),
		Entry("Amazon at an IP address", 1, "http://127.0.0.1:9000", "recordings", "http://127.0.0.1:9000/recordings"),
		Entry("Amazon at another address", 1, "oss-cn-beijing.aliyuncs.com", "a.b", "https://oss-cn-beijing.aliyuncs.com/a.b"),
		Entry("Amazon at an address that is given", 1, "s3.us-east-1.amazonaws.com", "recordings", "https://s3.us-east-1.amazonaws.com/recordings"),
		Entry("Alibaba at its other address", 2, "oss-cn-beijing.aliyuncs.com", "recordings", "https://recordings.oss-cn-beijing.aliyuncs.com/"),
		Entry("Azure's emulator", 5, "http://127.0.0.1:10000/accesskey", "recordings", "http://127.0.0.1:10000/accesskey/recordings"),
	)

	DescribeTable("is not asked for below a host that its bucket's name would make of the endpoint",
		func(ctx SpecContext, vendor int, endpoint, bucket string) {
			carrier := &carrier{}
			location := storage.Location{Vendor: int32(vendor), Endpoint: endpoint, Bucket: bucket}
			_, err := newVerifier(verify.Options{}).WithTransport(carrier).
				Verify(ctx, location, storage.Credentials{AccessKey: "key", SecretKey: "secret"}, storage.Recording{SID: sid})
			Expect(kindOf(err)).To(Equal(storage.EndpointNotAllowed), err.Error())
			Expect(err.Error()).To(ContainSubstring(bucket))
			Expect(carrier.requests).To(BeEmpty())
		},
		Entry("Alibaba", 2, "oss-cn-beijing.aliyuncs.com", "a.b"),
		Entry("Alibaba's own", 2, "", "a.b"),
		Entry("Tencent", 3, "cos.ap-beijing.myqcloud.com", "a.b"),
		Entry("Huawei", 7, "obs.cn-north-1.myhuaweicloud.com", "a.b"),
		Entry("a label that is none", 2, "oss-cn-beijing.aliyuncs.com", "a-"),
		Entry("a dot at the end", 2, "oss-cn-beijing.aliyuncs.com", "a."),
	)

	DescribeTable("is not asked for at a host that somebody else has below the one that is allowed",
		func(vendor int) {
			carrier := &carrier{}
			endpoints, err := storage.ParseEndpoints([]string{"storage.example.com"})
			Expect(err).NotTo(HaveOccurred())
			location := storage.Location{Vendor: int32(vendor), Endpoint: "storage.example.com", Bucket: "vault"}
			_, err = verify.New(verify.Options{Endpoints: endpoints}).WithTransport(carrier).
				Verify(context.Background(), location, storage.Credentials{AccessKey: "key", SecretKey: "secret"}, storage.Recording{SID: sid})
			Expect(err).NotTo(HaveOccurred())
			Expect(carrier.requests).NotTo(BeEmpty())
			for _, request := range carrier.requests {
				Expect(request.URL.Host).To(Equal("storage.example.com"))
				Expect(request.URL.Path).To(HavePrefix("/vault"))
			}
		},
		Entry("Amazon", 1),
		Entry("Alibaba", 2),
		Entry("Tencent", 3),
		Entry("Google", 6),
		Entry("Huawei", 7),
		Entry("Baidu", 8),
		Entry("another", 11),
	)

	It("is asked for where only its own host is allowed", func() {
		endpoints, err := storage.ParseEndpoints([]string{"recordings.s3.us-east-1.amazonaws.com"})
		Expect(err).NotTo(HaveOccurred())
		verifier := verify.New(verify.Options{Endpoints: endpoints})
		key := storage.Credentials{AccessKey: "key", SecretKey: "secret"}
		Expect(verifier.Allows(storage.Location{Vendor: 1, Bucket: "recordings"}, key)).To(Succeed())
		Expect(kindOf(verifier.Allows(storage.Location{Vendor: 1, Bucket: "vault"}, key))).To(Equal(storage.EndpointNotAllowed))
	})

	DescribeTable("is listed as its service is known to",
		func(vendor int, version string) {
			request := asked(storage.Location{Vendor: int32(vendor), Endpoint: "http://127.0.0.1:9000", Bucket: "recordings"})
			Expect(request.URL.Query().Get("list-type")).To(Equal(version))
		},
		Entry("Amazon", 1, "2"),
		Entry("Alibaba", 2, "2"),
		Entry("Tencent", 3, ""),
		Entry("Google", 6, "2"),
		Entry("Huawei", 7, ""),
		Entry("Baidu", 8, ""),
		Entry("another", 11, "2"),
	)
})

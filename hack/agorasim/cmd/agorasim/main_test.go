// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gleak"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/objectstore"
)

const timeout = 30 * time.Second

// command is a running command.
type command struct {
	output   *gbytes.Buffer
	end      func()
	ended    chan error
	api      string
	adminURL string
}

func start(arguments ...string) *command {
	GinkgoHelper()
	end := make(chan struct{})
	c := &command{output: gbytes.NewBuffer(), end: sync.OnceFunc(func() { close(end) }), ended: make(chan error, 1)}
	arguments = append([]string{"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"}, arguments...)
	go func() {
		defer close(c.ended)
		c.ended <- run(end, arguments, c.output, io.Discard)
	}()
	DeferCleanup(func() {
		c.end()
		Eventually(c.ended).WithTimeout(timeout).Should(BeClosed())
	})
	Eventually(c.output).WithTimeout(timeout).Should(gbytes.Say("Customer ID: "))
	urls := regexp.MustCompile(`http://\S+`).FindAllString(string(c.output.Contents()), -1)
	Expect(urls).To(HaveLen(2))
	c.api, c.adminURL = urls[0], urls[1]
	return c
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func send(verb, url, body string, changes ...func(*http.Request)) (status int, content string) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, verb, url, strings.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	for _, change := range changes {
		change(request)
	}
	response, err := client.Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	all, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, string(all)
}

func (c *command) admin(verb, path, body string) (status int, content string) {
	GinkgoHelper()
	return send(verb, c.adminURL+path, body)
}

func (c *command) acquire(id, secret string) int {
	GinkgoHelper()
	body := `{"cname":"c","uid":"1","clientRequest":{}}`
	status, _ := send(http.MethodPost, c.api+"/v1/apps/a/cloud_recording/acquire", body,
		func(r *http.Request) { r.SetBasicAuth(id, secret) })
	return status
}

// record adds a running recording with a given sid.
func (c *command) record(sid string) {
	GinkgoHelper()
	status, body := c.admin(http.MethodPost, "/recordings", fmt.Sprintf(`{"appId":"a","cname":"c","uid":"1","mode":"mix","sid":%q}`, sid))
	Expect(status).To(Equal(http.StatusCreated), body)
}

var _ = Describe("The command", func() {
	It("serves Agora's API and the admin interface", func() {
		c := start()
		Expect(c.acquire("demo-id", "demo-secret")).To(Equal(http.StatusOK))
		_, body := c.admin(http.MethodGet, "/requests", "")
		Expect(body).To(ContainSubstring(`"customerId":"demo-id"`))
	})

	It("ends when it is told to, without an error or a goroutine left", func() {
		before := gleak.Goroutines()
		c := start()
		c.end()
		Eventually(c.ended).WithTimeout(timeout).Should(Receive(BeNil()))
		Eventually(gleak.Goroutines).WithTimeout(timeout).ShouldNot(gleak.HaveLeaked(before))
	})

	It("accepts the pairs that it is told of, and prints no secret", func() {
		c := start("--credentials", "b:x:y, a:z")
		Expect(c.acquire("b", "x:y")).To(Equal(http.StatusOK))
		Expect(c.acquire("a", "z")).To(Equal(http.StatusOK))
		Expect(c.acquire("demo-id", "demo-secret")).To(Equal(http.StatusUnauthorized))
		Expect(string(c.output.Contents())).To(HaveSuffix("Customer ID: a\nCustomer ID: b\n"))
	})

	It("keeps the limit that it is told of", func() {
		c := start("--requests-per-second=-1")
		_, body := c.admin(http.MethodGet, "/accounts", "")
		Expect(body).To(ContainSubstring(`"requestsPerSecond":-1`))
	})

	It("writes what is recorded to the bucket that it is told of", func() {
		folder := GinkgoT().TempDir()
		start("--bucket-url", "file://"+folder).record("first")
		Eventually(func() []string {
			files, err := filepath.Glob(filepath.Join(folder, "first_c*"))
			Expect(err).NotTo(HaveOccurred())
			return files
		}).WithTimeout(timeout).Should(ContainElement(HaveSuffix("first_c.m3u8")))
	})

	It("writes to a bucket that speaks S3, with the credentials in the environment", func(ctx SpecContext) {
		store, err := objectstore.StartS3(ctx)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(store.Stop)
		Expect(store.CreateBucket(ctx, "recordings")).To(Succeed())
		GinkgoT().Setenv("AWS_ACCESS_KEY_ID", store.AccessKey)
		GinkgoT().Setenv("AWS_SECRET_ACCESS_KEY", store.SecretKey)
		c := start("--bucket-url", "s3://recordings?endpoint="+store.Endpoint+"&region=us-east-1&use_path_style=true",
			"--slices=7")
		c.record("first")
		Eventually(func() string {
			_, body := c.admin(http.MethodGet, "/recordings/first", "")
			return body
		}).WithTimeout(timeout).Should(ContainSubstring(`"written":true`))
		bucket, err := store.Bucket(ctx, "recordings")
		Expect(err).NotTo(HaveOccurred())
		defer func() { _ = bucket.Close() }()
		Expect(bucket.Exists(ctx, "first_c.m3u8")).To(BeTrue())
	})

	It("sends notifications to the receiver that it is told of", func() {
		types := make(chan string, 100)
		receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			types <- r.Header.Get(notify.SignatureV2Header)
		}))
		defer receiver.Close()
		c := start("--notifications-url", receiver.URL)
		status, _ := c.admin(http.MethodPost, "/notifications/check", "")
		Expect(status).To(Equal(http.StatusOK))
		Eventually(types).WithTimeout(timeout).Should(Receive(Not(BeEmpty())))
	})

	It("passes its flags on to the simulator", func() {
		got, err := parse([]string{
			"--listen=l", "--admin-listen=al", "--credentials=a:b", "--requests-per-second=3", "--speed=2",
			"--upload-duration=1m", "--exit-after=0", "--uploading-status=unknow", "--publishers=7, 8",
			"--bucket-url=mem://", "--slices=7",
			"--sts-refresh-interval=0", "--app-certificates=p:q",
			"--notifications-url=http://127.0.0.1:1/", "--notifications-secret=n",
		}, io.Discard)
		Expect(err).NotTo(HaveOccurred())
		Expect(got).To(Equal(settings{listen: "l", adminListen: "al", bucketURL: "mem://", options: agorasim.Options{
			Credentials: map[string]string{"a": "b"}, RequestsPerSecond: 3, Speed: 2, UploadDuration: time.Minute,
			ExitAfter: -1, UploadingStatus: "unknow", Publishers: []string{"7", "8"},
			Slices: 7, STSRefreshInterval: -1, AppCertificates: map[string]string{"p": "q"},
			Notifications: notify.Settings{Receiver: notify.Receiver{URL: "http://127.0.0.1:1/", Secret: "n"}},
		}}))
	})

	It("lets nobody publish if told so", func() {
		got, err := parse([]string{"--publishers="}, io.Discard)
		Expect(err).NotTo(HaveOccurred())
		Expect(got.options.Publishers).To(And(BeEmpty(), Not(BeNil())))
	})

	// The command is told to end immediately, so it returns no error if the arguments are
	// valid.
	ended := func(arguments ...string) error {
		end := make(chan struct{})
		close(end)
		return run(end, append([]string{"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"}, arguments...), io.Discard, io.Discard)
	}

	It("refuses nothing of what it is given by itself", func() {
		Expect(ended()).To(Succeed())
	})

	DescribeTable("refuses", func(message string, arguments ...string) {
		Expect(ended(arguments...)).To(MatchError(ContainSubstring(message)))
	},
		Entry("an unknown flag", "unknown", "--unknown"),
		Entry("a further argument", `"serve"`, "serve"),
		Entry("a number that is none", "requests-per-second", "--requests-per-second=many"),
		Entry("a limit of nothing", "--requests-per-second", "--requests-per-second=0"),
		Entry("a duration without a unit", "upload-duration", "--upload-duration=5"),
		Entry("a negative upload", "--upload-duration", "--upload-duration=-5s"),
		Entry("a negative stay", "--exit-after", "--exit-after=-5s"),
		Entry("a time that stands still", "--speed", "--speed=0"),
		Entry("a time that goes back", "--speed", "--speed=-1"),
		Entry("a speed that is no number", "--speed", "--speed=NaN"),
		Entry("a speed without an end", "--speed", "--speed=Inf"),
		Entry("STS tokens that are never fresh", "--sts-refresh-interval", "--sts-refresh-interval=-1s"),
		Entry("an App ID without a certificate", "--app-certificates", "--app-certificates=app"),
		Entry("a negative number of slices", "--slices", "--slices=-1"),
		Entry("a receiver that is no URL", "--notifications-url", "--notifications-url=nowhere"),
		Entry("a bucket that is no URL", "--bucket-url", "--bucket-url=nowhere"),
		Entry("an unknown outcome of uploads", "--uploading-status", "--uploading-status=done"),
		Entry("no pair", "--credentials", "--credentials="),
		Entry("a pair without a secret", "--credentials", "--credentials=id"),
		Entry("a pair with an empty secret", "--credentials", "--credentials=id:"),
		Entry("a pair with an empty ID", "--credentials", "--credentials=:secret"),
		Entry("an address that is none", "listen", "--listen=nowhere"),
		Entry("an admin address that is none", "listen", "--admin-listen=nowhere"),
	)

	It("gives up Agora's address where it cannot have the other", func() {
		taken, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		defer func() { _ = taken.Close() }()
		before := gleak.Goroutines()
		Expect(ended("--admin-listen", taken.Addr().String())).To(MatchError(ContainSubstring("listen")))
		Eventually(gleak.Goroutines).WithTimeout(timeout).ShouldNot(gleak.HaveLeaked(before))
	})
})

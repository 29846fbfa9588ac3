// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/objectstore"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	verificationSlices = 10_000

	// verificationFloors is how often the files are read for the floor. The fastest time
	// counts.
	verificationFloors = 3

	verificationFolder = "rec"
	readerSecret       = "bucket-reader"
	s3Compatible       = 11
	// pageSize is the maximum number of keys in one S3 listing.
	pageSize       = 1000
	indexExtension = ".m3u8"
)

// traffic counts requests to an S3 server.
type traffic struct {
	// listings are pages of keys. movedListings are pages with the prefixes that a recorder
	// uses after a move to another server.
	listings, movedListings int
	// indexReads are reads of playlists.
	indexReads int
	others     int
}

func (t *traffic) count(r *http.Request) {
	query := r.URL.Query()
	isListing := r.Method == http.MethodGet && query.Has("list-type")
	switch {
	case isListing && strings.HasPrefix(path.Base(query.Get("prefix")), "bak"):
		t.movedListings++
	case isListing:
		t.listings++
	case r.Method == http.MethodGet && path.Ext(r.URL.Path) == indexExtension:
		t.indexReads++
	default:
		t.others++
	}
}

// measureVerification measures the cost of finding a long recording in the bucket when Agora
// does not report its upload. The floor is a plain read through the same proxy.
func measureVerification(r *run) {
	bucket := must(testenv.StartBucket(r.ctx, &r.Cleanup))
	proxy := must(testenv.NewBucketProxy(bucket.Server.Endpoint))
	var mu sync.Mutex
	var passed traffic
	counting := testenv.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		mu.Lock()
		passed.count(request)
		mu.Unlock()
		proxy.ServeHTTP(w, request)
	}))
	counting.Start()
	r.Add(func() error { counting.Close(); return nil })
	e := r.open(environmentOptions{bucket: bucket, arguments: []string{
		"--allowed-storage-endpoints=" + counting.URL,
		// Long enough that the operator does not ask Agora about the upload.
		"--upload-recheck-min=10m", "--upload-recheck-max=10m",
	}})
	recording := e.upload()
	r.say("the bucket holds a recording of %d slices", verificationSlices)
	floor := r.fastestReading(bucket.Reader, counting.URL, verificationFolder+"/"+recording.Spec.SID)
	e.createSecret(readerSecret, map[string]string{
		v1alpha1.AccessKeyKey: bucket.Reader.AccessKey, v1alpha1.SecretKeyKey: bucket.Reader.SecretKey,
	})
	before := e.forgetPeak()
	mu.Lock()
	passed = traffic{}
	mu.Unlock()
	began := time.Now()
	looked := e.addStorage(recording, counting.URL)
	mu.Lock()
	defer mu.Unlock()
	_, peak := e.memory()
	what := fmt.Sprintf("%d slices in S3", verificationSlices)
	r.report(
		countRow(what+": listings of its files", passed.listings, floor.pages, fmt.Sprint(floor.pages)),
		countRow(what+": listings for a moved recorder's files", passed.movedListings, 0, "3"),
		countRow(what+": reads of indexes", passed.indexReads, floor.indexes, fmt.Sprint(floor.indexes)),
		countRow(what+": other requests", passed.others, 0, "0"),
		durationRow(what+": patch to spec.storage until Uploaded", looked.at.Sub(began), floor.took, "-"),
		plainRow(what+": peak memory above idle", formatSize(peak-before), "< 64 MiB"),
	)
	checkVerified(looked.recording)
	// The changed spec also causes a query, because the recorder may still answer.
	e.followUps = 1
	e.checkStopped()
}

// upload stops a recording, and returns its object once all of its files are in the bucket.
// Agora reports that it does not know the state of the upload.
func (e *environment) upload() *v1alpha1.CloudRecording {
	options := recordingOptions("recording", 0)
	options.Slices = verificationSlices
	options.FileNamePrefix = []string{verificationFolder}
	options.UploadingStatus = recorder.UploadingStatusUnknow
	recording := e.adopt(e.accounts[0], []agorasim.RecordingOptions{options})[0]
	must(e.stop(recording))
	e.awaitChange(recording, func(c change) bool {
		return meta.IsStatusConditionTrue(c.recording.Status.Conditions, v1alpha1.StoppedCondition)
	})
	e.await("the recording is written to the bucket", idleInterval, func() bool {
		simulated, _ := e.agora.Recording(recording.Spec.SID)
		if simulated.StorageProblem != "" {
			check(fmt.Errorf("the recording is not written to the bucket: %s", simulated.StorageProblem))
		}
		return simulated.Written
	})
	return recording
}

// plainReading is the cost of a plain read of a recording's files.
type plainReading struct {
	keys, pages, indexes int
	took                 time.Duration
}

// fastestReading returns the fastest of several plain reads.
func (r *run) fastestReading(reader objectstore.Credentials, endpoint, prefix string) (fastest plainReading) {
	s3Client := s3.New(s3.Options{
		Region: objectstore.Region, BaseEndpoint: aws.String(endpoint), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(reader.AccessKey, reader.SecretKey, ""),
	})
	bucket := must(s3blob.OpenBucket(r.ctx, s3Client, testenv.BucketName, nil))
	defer func() { _ = bucket.Close() }() // it was only read
	for i := range verificationFloors {
		if reading := r.readPlainly(bucket, prefix); i == 0 || reading.took < fastest.took {
			fastest = reading
		}
	}
	if expected := verificationSlices + fastest.indexes; fastest.keys != expected || fastest.indexes != 1 {
		check(fmt.Errorf("the bucket holds %d files of the recording, %d of them indexes", fastest.keys, fastest.indexes))
	}
	return fastest
}

// readPlainly lists the keys with a prefix and reads the indexes, one request after another.
func (r *run) readPlainly(bucket *blob.Bucket, prefix string) (reading plainReading) {
	began := time.Now()
	for token := blob.FirstPageToken; len(token) > 0; {
		objects, next, err := bucket.ListPage(r.ctx, token, pageSize, &blob.ListOptions{Prefix: prefix})
		check(err)
		token = next
		reading.pages++
		reading.keys += len(objects)
		for _, object := range objects {
			if path.Ext(object.Key) == indexExtension {
				must(bucket.ReadAll(r.ctx, object.Key))
				reading.indexes++
			}
		}
	}
	reading.took = time.Since(began)
	return reading
}

// addStorage tells the operator where the files are, and returns the change that shows the
// result.
func (e *environment) addStorage(recording *v1alpha1.CloudRecording, endpoint string) change {
	target := recording.DeepCopy()
	target.Spec.Storage = &v1alpha1.StorageSpec{
		Vendor: s3Compatible, Bucket: testenv.BucketName, FileNamePrefix: []string{verificationFolder}, Endpoint: endpoint,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: readerSecret},
	}
	check(e.Client.Patch(e.ctx, target, client.MergeFrom(recording)))
	return e.awaitChange(recording, func(c change) bool {
		return meta.FindStatusCondition(c.recording.Status.Conditions, v1alpha1.VerifiedCondition) != nil
	})
}

// checkVerified ends the run unless the operator accepted the files in the bucket as evidence.
func checkVerified(recording *v1alpha1.CloudRecording) {
	conditions := recording.Status.Conditions
	verified := meta.FindStatusCondition(conditions, v1alpha1.VerifiedCondition)
	if verified.Status != metav1.ConditionTrue || !meta.IsStatusConditionTrue(conditions, v1alpha1.UploadedCondition) {
		check(fmt.Errorf("the recording was not found in the bucket: %s", verified.Message))
	}
	if found := recording.Status.Verification.Slices; found != verificationSlices {
		check(fmt.Errorf("%d slices were found in the bucket, not %d", found, verificationSlices))
	}
}

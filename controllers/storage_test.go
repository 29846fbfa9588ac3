// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// onDemand keeps files in Agora's backup until a spec asks for their transfer.
var onDemand = metav1.Duration{Duration: -1}

// newEnvironmentWithBucket returns an environment whose simulator records into a
// bucket of a real S3 server. The operator does not run yet.
func newEnvironmentWithBucket(ctx context.Context, options agorasim.Options) *environment {
	GinkgoHelper()
	namespace := createNamespace(ctx)
	Expect(bucketServer.CreateBucket(ctx, namespace)).To(Succeed())
	bucket, err := bucketServer.Bucket(ctx, namespace)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return bucket.Close() })
	options.Bucket = bucket
	return newEnvironmentIn(namespace, options)
}

// beginWithBucket returns such an environment whose operator runs, with Secrets.
func beginWithBucket(ctx context.Context, options agorasim.Options) *environment {
	GinkgoHelper()
	e := newEnvironmentWithBucket(ctx, options)
	e.createSecret(ctx, customerSecret)
	e.createBucketSecret(ctx, bucketServer.SecretKey)
	e.run()
	return e
}

func (e *environment) createBucketSecret(ctx context.Context, secretKey string) {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "bucket"},
		StringData: map[string]string{v1alpha1.AccessKeyKey: bucketServer.AccessKey, v1alpha1.SecretKeyKey: secretKey},
	})).To(Succeed())
}

// storage returns where the simulator records to. The bucket has the name of the
// namespace.
func (e *environment) storage() *v1alpha1.StorageSpec {
	return &v1alpha1.StorageSpec{
		Vendor: 11, Bucket: e.namespace, Endpoint: bucketServer.Endpoint, FileNamePrefix: []string{"rec", "room1"},
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"},
	}
}

// recordInto adds a recording into the bucket, and an object that says so.
func (e *environment) recordInto(name string, change func(*agorasim.RecordingOptions)) *v1alpha1.CloudRecording {
	GinkgoHelper()
	recording := e.record(name, func(o *agorasim.RecordingOptions) {
		o.FileNamePrefix = []string{"rec", "room1"}
		o.Slices = 6
		if change != nil {
			change(o)
		}
	})
	recording.Spec.Storage = e.storage()
	return recording
}

// backedUp leaves files in Agora's backup.
func backedUp(o *agorasim.RecordingOptions) {
	o.UploadingStatus = recorder.UploadingStatusBackuped
	o.Upload = &recorder.Upload{TransferAfter: onDemand}
}

func beVerified(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return haveCondition(v1alpha1.VerifiedCondition, status, reason)
}

func beUploaded(reason string) types.GomegaMatcher {
	return haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, reason)
}

var _ = Describe("a bucket", func() {
	It("checks what Agora says, and shows what was found", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("checked", nil)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			beUploaded(v1alpha1.ReportedByAgoraReason),
			beVerified(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason),
			HaveField("Status.Verification", And(
				HaveField("Indexes", BeEquivalentTo(1)),
				HaveField("Slices", BeEquivalentTo(6)),
				HaveField("PlayableSeconds", BeEquivalentTo(6*15)),
				HaveField("Missing", BeZero()),
			)),
		))
		Expect(message(observe(ctx, recording)(Default))).To(Equal("The recording has ended. Agora reported that all files are uploaded."))
	})

	for _, mode := range []string{recorder.ModeMix, recorder.ModeIndividual, recorder.ModeWeb} {
		It("proves an upload through the backup, in mode "+mode, func(ctx context.Context) {
			e := beginWithBucket(ctx, agorasim.Options{})
			recording := e.recordInto("backed-up", func(o *agorasim.RecordingOptions) {
				backedUp(o)
				o.Mode = mode
			})
			e.adopt(ctx, recording)
			patch(ctx, recording, wantStopped)
			Eventually(observe(ctx, recording)).Should(And(
				haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
				beVerified(metav1.ConditionFalse, v1alpha1.FilesMissingReason),
				HaveField("Status.Verification.MissingFiles", Not(BeEmpty())),
			))
			Consistently(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseUploading))

			Expect(e.agora.Transfer(recording.Spec.SID)).To(Succeed())
			Eventually(observe(ctx, recording)).Should(And(
				havePhase(v1alpha1.PhaseCompleted),
				haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
				beUploaded(v1alpha1.VerifiedInStorageReason),
				beVerified(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason),
				HaveField("Status.UploadingStatus", recorder.UploadingStatusBackuped),
				HaveField("Status.FileList", ContainElement(And(
					HaveField("FileName", MatchRegexp(`_\d+_\d+\.m3u8$`)), HaveField("Discovered", BeTrue())))),
			))
			Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("VerifiedInStorage: All files were found in ")))
		})
	}

	It("contradicts Agora where slices are missing, and says so", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("contradicted", func(o *agorasim.RecordingOptions) {
			o.Upload = &recorder.Upload{MissingSlices: 2}
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			beUploaded(v1alpha1.ReportedByAgoraReason),
			beVerified(metav1.ConditionFalse, v1alpha1.FilesMissingReason),
			haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
			HaveField("Status.Verification.Missing", BeEquivalentTo(2)),
		))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("FilesMissing: ")))
		Eventually(e.metric("cloudrecording_uploads_contradicted")).Should(BeEquivalentTo(1))
	})

	It("proves an upload of files that Agora never named, once they have settled", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{})
		e.settings.UploadSettleTime = time.Hour
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.run()
		recording := e.recordInto("unnamed", func(o *agorasim.RecordingOptions) {
			o.Mode, o.Snapshot, o.UploadingStatus = recorder.ModeIndividual, true, recorder.UploadingStatusUnknow
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(beVerified(metav1.ConditionUnknown, v1alpha1.StillArrivingReason))
		e.leap(ctx, recording, e.clock, time.Hour)
		Eventually(observe(ctx, recording)).Should(And(
			beUploaded(v1alpha1.VerifiedInStorageReason),
			HaveField("Status.Verification.Screenshots", BeNumerically(">", 0)),
		))
	})

	It("may be named after the recording was stopped", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("late", func(o *agorasim.RecordingOptions) { o.UploadingStatus = recorder.UploadingStatusUnknow })
		storage := recording.Spec.Storage
		recording.Spec.Storage = nil
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason))

		current := observe(ctx, recording)(Default)
		before := client.MergeFrom(current.DeepCopy())
		current.Spec.Storage = storage
		Expect(k8sClient.Patch(ctx, current, before)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(beUploaded(v1alpha1.VerifiedInStorageReason))
	})

	It("lets a deleted object go as soon as the files are there", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("deleted", backedUp)
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(beVerified(metav1.ConditionFalse, v1alpha1.FilesMissingReason))
		Expect(e.agora.Transfer(recording.Spec.SID)).To(Succeed())
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), recording)
		}).Should(MatchError(ContainSubstring("not found")))
	})

	It("keeps its Secret until the files are there", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("in-use", backedUp)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(beVerified(metav1.ConditionFalse, v1alpha1.FilesMissingReason))
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "bucket"}}
		Expect(k8sClient.Delete(ctx, secret)).To(Succeed())
		Consistently(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(secret), secret) }).Should(Succeed())
		Expect(e.agora.Transfer(recording.Spec.SID)).To(Succeed())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(secret), secret) }).
			Should(MatchError(ContainSubstring("not found")))
	})

	It("that cannot be read is said to be so, stalls nothing, and heals with its Secret", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.recordInto("unreadable", nil)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			beVerified(metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason),
		))
		e.createBucketSecret(ctx, "not-the-key")
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			beVerified(metav1.ConditionUnknown, v1alpha1.StorageCredentialsRejectedReason),
		))
		patch(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "bucket"}},
			`{"stringData":{"secretKey":"`+bucketServer.SecretKey+`"}}`)
		Eventually(observe(ctx, recording)).Should(beVerified(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason))
	})

	It("is asked only where the operator may", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		requests := make(chan struct{}, 1)
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			select {
			case requests <- struct{}{}:
			default:
			}
		}))
		DeferCleanup(elsewhere.Close)
		recording := e.recordInto("elsewhere", nil)
		recording.Spec.Storage.Endpoint = elsewhere.URL
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			beVerified(metav1.ConditionUnknown, v1alpha1.StorageEndpointNotAllowedReason),
		))
		Consistently(requests).ShouldNot(Receive())
	})

	It("costs no write while it shows the same", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.recordInto("quiet", backedUp)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(beVerified(metav1.ConditionFalse, v1alpha1.FilesMissingReason))
		looks := e.sum("cloudrecording_storage_verifications_total")
		// The recorder's exit is the last that a query shows.
		Eventually(observe(ctx, recording)).Should(HaveField("Status.NotFoundSince", Not(BeNil())))
		before := observe(ctx, recording)(Default)
		seen := looks(Default)
		Eventually(looks).Should(BeNumerically(">=", seen+3))
		Expect(observe(ctx, recording)(Default).ResourceVersion).To(Equal(before.ResourceVersion))
	})
})

// sum returns a function that reads the sum of a counter over its labels.
func (e *environment) sum(name string) func(Gomega) float64 {
	return func(g Gomega) float64 {
		families, err := e.registry.Gather()
		g.Expect(err).NotTo(HaveOccurred())
		sum := 0.0
		for _, family := range families {
			if family.GetName() != name {
				continue
			}
			for _, metric := range family.GetMetric() {
				sum += metric.GetCounter().GetValue()
			}
		}
		return sum
	}
}

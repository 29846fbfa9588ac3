// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	samplesDir = "../config/samples"

	// samplesBucket is the bucket that the samples name.
	samplesBucket = "recordings"
)

// applySample creates the recording of a sample. Of its spec only the address of the
// bucket's service is another: that of the server which stands in Amazon's place.
func (e *environment) applySample(ctx context.Context, file string) *v1alpha1.CloudRecording {
	GinkgoHelper()
	objects := readSample(file)
	Expect(objects).To(HaveLen(1), "a sample shows one recording, and replaces no Secret")
	object := objects[0]
	Expect(object.GetKind()).To(Equal("CloudRecording"))
	object.SetNamespace(e.namespace)
	Expect(unstructured.SetNestedField(object.Object, bucketServer.Endpoint, "spec", "storage", "endpoint")).To(Succeed())
	Expect(k8sClient.Create(ctx, object, client.FieldValidation(metav1.FieldValidationStrict))).To(Succeed())
	return typed[v1alpha1.CloudRecording](object)
}

// applySampleSecrets creates the Secrets that the samples name.
func (e *environment) applySampleSecrets(ctx context.Context) {
	GinkgoHelper()
	for _, object := range readSample(filepath.Join(samplesDir, "secrets.yaml")) {
		Expect(object.GetKind()).To(Equal("Secret"))
		object.SetNamespace(e.namespace)
		e.applySampleSecret(ctx, object)
	}
}

// applySampleSecret creates a Secret with the invented values of a sample, which
// the simulator takes, and with the key of the bucket's server.
func (e *environment) applySampleSecret(ctx context.Context, object *unstructured.Unstructured) {
	GinkgoHelper()
	secret := typed[corev1.Secret](object)
	if id, ok := secret.StringData[v1alpha1.CustomerIDKey]; ok {
		e.agora.SetCredential(id, secret.StringData[v1alpha1.CustomerSecretKey])
	}
	if _, ok := secret.StringData[v1alpha1.AccessKeyKey]; ok {
		secret.StringData[v1alpha1.AccessKeyKey] = bucketServer.AccessKey
		secret.StringData[v1alpha1.SecretKeyKey] = bucketServer.SecretKey
	}
	Expect(k8sClient.Create(ctx, secret)).To(Succeed())
}

// readSample returns the objects of a file.
func readSample(file string) []*unstructured.Unstructured {
	GinkgoHelper()
	content, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	objects, err := testenv.Manifests(content)
	Expect(err).NotTo(HaveOccurred())
	return objects
}

func typed[T any](object *unstructured.Unstructured) *T {
	GinkgoHelper()
	into := new(T)
	Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, into, true)).To(Succeed())
	return into
}

var _ = Describe("the samples of recordings that are started", func() {
	It("are started, record, and are stopped", func(ctx context.Context) {
		Expect(bucketServer.CreateBucket(ctx, samplesBucket)).To(Succeed())
		bucket, err := bucketServer.Bucket(ctx, samplesBucket)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() error { return bucket.Close() })
		e := newEnvironment(ctx, agorasim.Options{Bucket: bucket, Slices: 6, UploadDuration: -1, StartupStep: -1})
		files, err := filepath.Glob(filepath.Join(samplesDir, "start-*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		e.applySampleSecrets(ctx)
		lessons := map[string]*v1alpha1.CloudRecording{}
		for _, file := range files {
			lessons[filepath.Base(file)] = e.applySample(ctx, file)
		}
		Expect(lessons).To(And(
			HaveKey("start-individual.yaml"), HaveKey("start-individual-screenshots.yaml"),
			HaveKey("start-mix-hls.yaml"), HaveKey("start-mix-mp4-layout.yaml"),
			HaveKey("start-web.yaml"), HaveKey("start-web-cdn.yaml"), HaveKey("start-minted-token.yaml")))

		e.run()

		for file, recording := range lessons {
			Eventually(observe(ctx, recording)).Should(And(
				havePhase(v1alpha1.PhaseRecording),
				haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason)), file)
		}
		Expect(e.agora.Recordings()).To(And(HaveLen(len(lessons)), HaveEach(HaveField("Running", true))))
		for _, recording := range lessons {
			patch(ctx, recording, wantStopped)
		}
		for file, recording := range lessons {
			Eventually(observe(ctx, recording)).Should(And(
				havePhase(v1alpha1.PhaseCompleted),
				haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
				beVerified(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason)), file)
		}
		Expect(e.agora.Recordings()).To(HaveEach(HaveField("StopsTaken", 1)))
		screenshots := observe(ctx, lessons["start-individual-screenshots.yaml"])(Default)
		Expect(screenshots.Status.Verification.Screenshots).To(BeNumerically(">", 0))
		layout := observe(ctx, lessons["start-mix-mp4-layout.yaml"])(Default)
		Expect(layout.Status.Verification.MP4s).To(BeNumerically(">", 0))
	})

	It("are a lesson in ten lines with its profile", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.applySampleSecrets(ctx)
		profile, lesson := readSample(filepath.Join(samplesDir, "profile.yaml"))[0], readSample(filepath.Join(samplesDir, "lesson.yaml"))[0]
		Expect(unstructured.SetNestedField(profile.Object, bucketServer.Endpoint, "spec", "storage", "endpoint")).To(Succeed())
		for _, object := range []*unstructured.Unstructured{profile, lesson} {
			object.SetNamespace(e.namespace)
			Expect(k8sClient.Create(ctx, object, client.FieldValidation(metav1.FieldValidationStrict))).To(Succeed())
		}
		now := time.Now().UTC()
		// The sample's day is years away.
		recording := typed[v1alpha1.CloudRecording](lesson)
		recording.Spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: now}, End: &metav1.Time{Time: now.Add(time.Hour)}}
		Expect(k8sClient.Update(ctx, recording)).To(Succeed())
		e.run()
		isRecording(ctx, recording)
	})
})

// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

var _ = Describe("what Secrets hold for a start", func() {
	// held reads what a Secret with the values holds for an encrypted channel.
	held := func(ctx context.Context, decryptionMode int32, values map[string]string) (clientrequest.Secrets, error) {
		GinkgoHelper()
		namespace := createNamespace(ctx)
		data := map[string]string{v1alpha1.DecryptionSecretKey: "p", v1alpha1.AccessKeyKey: "a", v1alpha1.SecretKeyKey: "k"}
		for key, value := range values {
			data[key] = value
		}
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "all"}, StringData: data,
		})).To(Succeed())
		recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.RecordingConfig.DecryptionMode = decryptionMode
			s.Start.RecordingConfig.DecryptionSecretRef = &v1alpha1.DecryptionSecretReference{Name: "all"}
			s.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "all"}
		})
		recording.Namespace = namespace
		return secrets.ReadStart(ctx, secrets.NewStartStore(k8sClient, k8sClient), recording)
	}

	DescribeTable("is refused where Agora would not take it, without a word of it",
		func(ctx context.Context, decryptionMode int, key, value, message string) {
			_, err := held(ctx, int32(decryptionMode), map[string]string{key: value})
			Expect(err).To(BeAssignableToTypeOf(usererror.Error("")))
			Expect(err).To(MatchError(And(ContainSubstring(`Secret "all"`), ContainSubstring("key "+key), ContainSubstring(message))))
			Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
		},
		Entry("no salt in mode 7", 7, v1alpha1.DecryptionSaltKey, "", "lacks the key salt"),
		Entry("a salt that is no base64", 7, v1alpha1.DecryptionSaltKey, "s3cr3t!", "does not hold 32 bytes as base64 text"),
		Entry("a salt that is too short", 8, v1alpha1.DecryptionSaltKey, "czNjcjN0LXNhbHQ=", "does not hold 32 bytes as base64 text"),
		Entry("a salt of another mode that is none", 5, v1alpha1.DecryptionSaltKey, "s3cr3t!", "does not hold 32 bytes as base64 text"),
		Entry("an expiration that is no number", 1, v1alpha1.StsExpirationKey, "s3cr3t", "does not hold a whole number of seconds since 1970"),
		Entry("an expiration before all times", 1, v1alpha1.StsExpirationKey, "-1", "does not hold a whole number of seconds since 1970"),
	)

	It("is said to be missing all at once", func(ctx context.Context) {
		namespace := createNamespace(ctx)
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "decryption"}, StringData: map[string]string{"another": "key"},
		})).To(Succeed())
		recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: "token"}
			s.Start.RecordingConfig.DecryptionMode = 7
			s.Start.RecordingConfig.DecryptionSecretRef = &v1alpha1.DecryptionSecretReference{Name: "decryption"}
			s.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "bucket"}
		})
		recording.Namespace = namespace
		_, err := secrets.ReadStart(ctx, secrets.NewStartStore(k8sClient, k8sClient), recording)
		Expect(err).To(MatchError(And(
			ContainSubstring(`spec.start.tokenSecretRef names it: create it with the key token.`),
			ContainSubstring(`Secret "decryption", which spec.start.recordingConfig.decryptionSecretRef names, lacks the keys secret and salt: put in what is missing or empty.`),
			ContainSubstring(`Secret "bucket" does not exist`),
			ContainSubstring(`spec.storage.credentialsSecretRef names it: create it with the keys accessKey and secretKey.`))))
	})

	It("is read as it is", func(ctx context.Context) {
		const salt = "czNjcjN0LXNhbHQtb2YtdGhpcnR5LXR3by1ieXRlczE="
		secrets, err := held(ctx, 8, map[string]string{
			v1alpha1.DecryptionSaltKey: salt, v1alpha1.StsTokenKey: "s", v1alpha1.StsExpirationKey: "1767225600",
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(secrets.Version).NotTo(BeEmpty())
		secrets.Version = ""
		Expect(secrets).To(Equal(clientrequest.Secrets{
			DecryptionSecret: "p", DecryptionSalt: salt, AccessKey: "a", SecretKey: "k", StsToken: "s", StsExpiration: "1767225600",
		}))
		Expect(secrets.All()).To(ConsistOf("p", salt, "a", "k", "s", "1767225600"))
	})
})

// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("credentials", func() {
	It("are waited for where their Secret is missing", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		lesson := e.record("lesson", nil)
		lesson.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		Eventually(observe(ctx, lesson)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.CredentialsNotFoundReason),
			WithTransform(message, And(ContainSubstring(`Secret "agora"`), ContainSubstring("customerId"), ContainSubstring("still be running")))))
		writes := len(e.writes.of("cloudrecordings"))
		Consistently(func() int { return len(e.writes.of("cloudrecordings")) }).WithTimeout(time.Second).Should(Equal(writes))
		Expect(e.agora.Requests()).To(BeEmpty())

		e.createSecret(ctx, customerSecret)
		Eventually(observe(ctx, lesson)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("are waited for where the Secret lacks a key", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		secret := e.createSecret(ctx, "")
		lesson := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		Eventually(observe(ctx, lesson)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason),
			WithTransform(message, ContainSubstring(`Secret "agora" lacks customerSecret`))))
		patch(ctx, secret, fmt.Sprintf(`{"stringData":{"customerSecret":%q}}`, customerSecret))
		Eventually(observe(ctx, lesson)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
	})

	It("that Agora rejects cost no hot loop, and heal when they are mended", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		secret := e.createSecret(ctx, "wrong")
		lesson := e.record("lesson", nil)
		lesson.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		Eventually(observe(ctx, lesson)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.CredentialsRejectedReason),
			HaveField("Status.LastError.HTTPStatus", BeEquivalentTo(401)),
			HaveField("Status.LastError.Operation", "stop"),
			WithTransform(message, And(ContainSubstring(`Secret "agora"`), ContainSubstring("customerSecret")))))
		calls := len(e.agora.Requests())
		Consistently(func() int { return len(e.agora.Requests()) }).WithTimeout(time.Second).Should(Equal(calls))

		patch(ctx, secret, fmt.Sprintf(`{"stringData":{"customerSecret":%q}}`, customerSecret))
		Eventually(observe(ctx, lesson)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), HaveField("Status.LastError", BeNil())))
	})

	It("keep their Secret from going while they are needed, and not longer", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		lesson := e.record("lesson", nil)
		e.adopt(ctx, lesson)
		Eventually(e.secret(ctx)).Should(HaveField("Finalizers", ContainElement(v1alpha1.InUseFinalizer)))
		patch(ctx, lesson, wantStopped)
		Eventually(e.secret(ctx)).Should(HaveField("Finalizers", Not(ContainElement(v1alpha1.InUseFinalizer))))
	})
})

func TestParseCredentials(t *testing.T) {
	pair := map[string]string{"customerId": "id", "customerSecret": "secret"}
	with := func(key, value string) map[string]string {
		data := map[string]string{key: value}
		for k, v := range pair {
			if _, ok := data[k]; !ok {
				data[k] = v
			}
		}
		return data
	}
	parse := func(namespace string, data map[string]string) (credentials, error) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "agora"}, Data: map[string][]byte{}}
		for key, value := range data {
			secret.Data[key] = []byte(value)
		}
		return parseCredentials(context.Background(), secret, 10)
	}
	g := NewWithT(t)

	parsed, err := parse("school", with("customerSecret", " secret\n"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(parsed.CustomerID).To(Equal("id"))
	g.Expect(parsed.CustomerSecret).To(Equal("secret"), "a line break at the end of a file is no part of it")
	g.Expect(parsed.requestsPerSecond).To(BeEquivalentTo(10))

	elsewhere, err := parse("college", pair)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(elsewhere.account).To(Equal(parsed.account), "the same pair is the same account in any namespace")

	other, err := parse("school", with("customerSecret", "another"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(other.account).NotTo(Equal(parsed.account), "who knows only the ID gets a budget of their own")

	named, err := parse("school", with("account", "main"))
	g.Expect(err).NotTo(HaveOccurred())
	namedElsewhere, err := parse("college", with("account", "main"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(named.account).NotTo(Equal(namedElsewhere.account), "a name counts within its namespace")

	for text, want := range map[string]float64{"50": 50, " 2.5\n": 2.5, "": 10, "many": 10, "0": 10, "-1": 10, "NaN": 10, "Inf": 10} {
		limited, err := parse("school", with("requestsPerSecond", text))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(limited.requestsPerSecond).To(Equal(want), "%q", text)
	}

	_, err = parse("school", nil)
	g.Expect(err).To(MatchError(ContainSubstring("lacks customerId and customerSecret")))
}

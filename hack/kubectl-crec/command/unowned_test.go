// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications/unowned"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

// keepUnowned writes the ConfigMap of unowned recordings like the operator.
func keepUnowned(ctx context.Context, namespace string, data map[string]string) {
	GinkgoHelper()
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.UnownedConfigMapName}, Data: data}
	Expect(admin.Create(ctx, kept)).To(Succeed())
}

// entryOf returns the operator's entry for a recording.
func entryOf(recording unowned.Recording) string {
	GinkgoHelper()
	text, err := json.Marshal(recording)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

var _ = Describe("unowned", func() {
	var in, operatorIn string
	running := unowned.Recording{
		SID: "running", CName: "lesson-42", UID: "7", Namespace: "school",
		FirstHeard: noon.Add(-time.Hour), LastHeard: noon.Add(-time.Minute), Reported: noon.Add(-50 * time.Minute),
	}
	over, recent := running, running
	over.SID, over.Ended = "over", noon.Add(-time.Minute)
	recent.SID, recent.Reported = "recent", time.Time{}

	BeforeEach(func(ctx context.Context) { in, operatorIn = namespace(ctx), namespace(ctx) })

	keep := func(ctx context.Context) {
		GinkgoHelper()
		createOperator(ctx, operatorIn, "", "--notifications-bind-address=:8082")
		keepUnowned(ctx, operatorIn, map[string]string{"0123456789." + running.SID: entryOf(running), over.SID: entryOf(over), recent.SID: entryOf(recent)})
	}

	It("shows what runs and no object has, and how to adopt it", func(ctx context.Context) {
		keep(ctx)
		shown := run(ctx, in, "unowned", "--operator-namespace", operatorIn)
		Expect(shown.Code).To(Equal(exitDone), shown.Errors)
		Expect(shown.Errors).To(BeEmpty())
		Expect(shown.Output).To(And(
			ContainSubstring("lesson-42   -      60m     60s     running\n"), ContainSubstring("kubectl crec adopt -n school --uid 7 --sid running"), Not(ContainSubstring("over"))))
	})

	It("finds the operator by itself", func(ctx context.Context) {
		keep(ctx)
		shown := run(ctx, in, "unowned")
		Expect(shown.Code).To(Equal(exitDone), shown.Errors)
		Expect(shown.Output).To(ContainSubstring("running"))
	})

	DescribeTable("is read by programs", func(ctx context.Context, arguments []string, sids ...string) {
		keep(ctx)
		for form, read := range map[string]func([]byte, any) error{
			outputJSON: json.Unmarshal,
			outputYAML: func(text []byte, into any) error { return yaml.Unmarshal(text, into) },
		} {
			shown := run(ctx, in, append([]string{"unowned", "--operator-namespace", operatorIn, "-o", form}, arguments...)...)
			Expect(shown.Code).To(Equal(exitDone), shown.Errors)
			var recordings []view.UnownedRecording
			Expect(read([]byte(shown.Output), &recordings)).To(Succeed())
			var found []string
			for _, recording := range recordings {
				found = append(found, recording.SID)
			}
			Expect(found).To(ConsistOf(sids))
		}
	}, Entry("what runs", nil, "running"), Entry("all", []string{"--all"}, "running", "over", "recent"))

	It("says that there is none", func(ctx context.Context) {
		createOperator(ctx, operatorIn, "", "--notifications-bind-address=:8082")
		Expect(run(ctx, in, "unowned", "--operator-namespace", operatorIn)).To(Equal(
			ran{Errors: "No recording runs without an object, as far as Agora has notified.\n"}))
		Expect(run(ctx, in, "unowned", "--operator-namespace", operatorIn, "-o", "json")).To(Equal(ran{Output: "[]\n"}))

		By("keeping one that has ended, and what makes no sense")
		keepUnowned(ctx, operatorIn, map[string]string{over.SID: entryOf(over), "another": "{"})
		shown := run(ctx, in, "unowned", "--operator-namespace", operatorIn)
		Expect(shown.Code).To(Equal(exitDone))
		Expect(shown.Errors).To(And(ContainSubstring("1 of the entries"), ContainSubstring("--all shows 1 that have ended or are new.")))
	})

	It("says that nothing is heard where nothing is received", func(ctx context.Context) {
		createOperator(ctx, operatorIn, "")
		shown := run(ctx, in, "unowned", "--operator-namespace", operatorIn)
		Expect(shown.Code).To(Equal(exitDone))
		Expect(shown.Errors).To(ContainSubstring("receives no notifications"))
	})

	DescribeTable("says what is wrong", func(ctx context.Context, message string, arguments ...string) {
		shown := run(ctx, in, append([]string{"unowned"}, arguments...)...)
		Expect(shown.Code).NotTo(Equal(exitDone))
		Expect(shown.Output).To(BeEmpty())
		Expect(shown.Errors).To(ContainSubstring(message))
	},
		Entry("no namespace", `there is no namespace "nowhere"`, "--operator-namespace", "nowhere"),
		Entry("no operator there", `there is no Deployment of the operator in namespace "default"`, "--operator-namespace", "default"),
		Entry("an argument", "unknown command", "lesson"),
		Entry("another form", "--output can be json, yaml", "-o", "wide"),
		Entry("nothing may be read", "Name its namespace by --operator-namespace", "--as", "nobody"),
		Entry("the ConfigMap may not be read", "Ask for the Role cloudrecording-unowned-viewer-role", "--operator-namespace", "default", "--as", "nobody"),
	)

	It("is shown to whoever has the role for that, and nothing else", func(ctx context.Context) {
		role := &rbacv1.Role{}
		content, err := os.ReadFile(filepath.Join(configFolder, "rbac", "unowned_viewer_role.yaml"))
		Expect(err).NotTo(HaveOccurred())
		Expect(yaml.UnmarshalStrict(content, role)).To(Succeed())
		role.Namespace = operatorIn
		Expect(admin.Create(ctx, role)).To(Succeed())
		binding := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: operatorIn, Name: "viewer"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "accountant"}},
		}
		Expect(admin.Create(ctx, binding)).To(Succeed())
		asAccountant := func() ran { return run(ctx, in, "unowned", "--operator-namespace", operatorIn, "--as", "accountant") }
		Eventually(asAccountant).Should(HaveField("Errors", ContainSubstring("There is no ConfigMap cloudrecording-unowned")))
		keep(ctx)
		shown := asAccountant()
		Expect(shown.Code).To(Equal(exitDone), shown.Errors)
		Expect(shown.Output).To(ContainSubstring("running"))
	})
})

// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

var _ = Describe("what is shown of a recording", func() {
	var in string
	BeforeEach(func(ctx context.Context) {
		in = namespace(ctx)
		recording := create(ctx, in, "lesson", nil)
		write(ctx, recording, func(status *v1alpha1.CloudRecordingStatus) {
			status.Phase, status.SID = v1alpha1.PhaseRecording, recording.Spec.SID
			status.FileList = []v1alpha1.RecordedFile{{FileName: "rec/lesson.m3u8", UID: "0"}}
			status.Conditions = conditions(metav1.ConditionTrue, v1alpha1.RecordingReason, "The recorder is running.", v1alpha1.ReadyCondition)
		})
	})

	It("is a tree", func(ctx context.Context) {
		shown := run(ctx, in, "status", "lesson")
		Expect(shown).To(Equal(ran{Output: `CloudRecording lesson in namespace ` + in + `
├─ Channel lesson, mode mix
├─ Phase Recording, wanted: Recording
├─ Ready: True (Recording)
│  └─ The recorder is running.
├─ Sessions: 1, with 0 files
│  └─ Session sid-of-lesson, uid 527841
│     ├─ Evidence: none, as long as it goes on
│     └─ Files: 1
│        └─ rec/lesson.m3u8
└─ Waits for
   └─ somebody to stop it, or its recorder to end
      └─ Nothing else ends it.
`}))
	})

	It("is JSON or YAML for programs", func(ctx context.Context) {
		summary := view.Summary{}
		Expect(json.Unmarshal([]byte(run(ctx, in, "status", "lesson", "-o", "json").Output), &summary)).To(Succeed())
		Expect(summary.Sessions).To(ConsistOf(HaveField("SID", "sid-of-lesson")))
		Expect(summary.Waits).To(HaveLen(1))
		again := view.Summary{}
		Expect(yaml.Unmarshal([]byte(run(ctx, in, "status", "lesson", "-o", "yaml").Output), &again)).To(Succeed())
		Expect(again).To(Equal(summary))
	})

	DescribeTable("is a list of files", func(ctx context.Context, form, expected string) {
		Expect(run(ctx, in, "files", "lesson", "-o", form)).To(Equal(ran{Output: expected}))
	},
		Entry("for people", "", "FILE              TRACK   UID   BEGAN   UPLOADED\nrec/lesson.m3u8   -       0     -       false\n"),
		Entry("in full width", "wide", "FILE              TRACK   UID   BEGAN   UPLOADED\nrec/lesson.m3u8   -       0     -       false\n"),
		Entry("by names alone", "name", "rec/lesson.m3u8\n"),
		Entry("as YAML", "yaml", "- fileName: rec/lesson.m3u8\n  sid: sid-of-lesson\n  uid: \"0\"\n  uploaded: false\n"),
	)

	It("is nothing, with a sentence on that, where no file is known", func(ctx context.Context) {
		create(ctx, in, "other", nil)
		shown := run(ctx, in, "files", "other")
		Expect(shown.Code).To(Equal(exitDone))
		Expect(shown.Output).To(BeEmpty())
		Expect(shown.Errors).To(ContainSubstring("No file of other is known yet"))
		Expect(run(ctx, in, "files", "other", "-o", "json").Output).To(Equal("[]\n"))
	})

	DescribeTable("is a sentence where there is nothing to show", func(ctx context.Context, code int, message string, arguments ...string) {
		shown := run(ctx, in, arguments...)
		Expect(shown.Code).To(Equal(code))
		Expect(shown.Output).To(BeEmpty())
		Expect(shown.Errors).To(And(HavePrefix("kubectl crec: "), ContainSubstring(message)))
	},
		Entry("no such recording", exitFailed, "list those there are by kubectl get crec", "status", "missing"),
		Entry("no such form", exitUsage, "--output can be json, yaml: see kubectl crec status --help", "status", "lesson", "-o", "xml"),
		Entry("no name", exitUsage, "give the name of a CloudRecording, and nothing else", "files"),
		Entry("no such flag", exitUsage, "unknown flag: --nonsense", "files", "--nonsense"),
		Entry("no such command", exitUsage, "unknown command", "nonsense"),
	)

	It("says what right is missing", func(ctx context.Context) {
		shown := run(ctx, in, "status", "lesson", "--as", "nobody")
		Expect(shown.Code).To(Equal(exitFailed))
		Expect(shown.Errors).To(ContainSubstring("Ask for the ClusterRole cloudrecording-editor-role"))
	})

	It("completes names", func(ctx context.Context) {
		completed := run(ctx, in, "__complete", "--kubeconfig", plane.Kubeconfig, "-n", in, "status", "")
		Expect(completed.Code).To(Equal(exitDone))
		Expect(completed.Output).To(HavePrefix("lesson\tRecording\n"))
	})
})

// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

func unchanged(*v1alpha1.CloudRecording) {}

func setFinalizers(ctx context.Context, recording *v1alpha1.CloudRecording, finalizers ...string) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(recording), recording)).To(Succeed())
	before := recording.DeepCopy()
	recording.Finalizers = finalizers
	Expect(admin.Patch(ctx, recording, client.MergeFrom(before))).To(Succeed())
}

func createProfile(ctx context.Context, in, name string) {
	GinkgoHelper()
	profile := &v1alpha1.CloudRecordingProfile{}
	profile.Namespace, profile.Name = in, name
	Expect(admin.Create(ctx, profile)).To(Succeed())
}

// only returns the only recording of a namespace.
func only(ctx context.Context, namespace string) v1alpha1.CloudRecording {
	GinkgoHelper()
	list := &v1alpha1.CloudRecordingList{}
	Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	Expect(list.Items).To(HaveLen(1))
	return list.Items[0]
}

var _ = Describe("start", func() {
	It("creates a recording of a profile, and prints its name", func(ctx context.Context) {
		in := namespace(ctx)
		done := run(ctx, in, "start", "Lesson 42", "--profile", "lessons", "-o", "name")
		Expect(done.Code).To(Equal(exitDone), done.Errors)
		made := only(ctx, in)
		Expect(done.Output).To(Equal("cloudrecording.cloudrecording.dev/" + made.Name + "\n"))
		Expect(made.Name).To(HavePrefix("lesson-42-"))
		Expect(made.Spec.CName).To(Equal("Lesson 42"))
		Expect(made.Spec.ProfileRef.Name).To(Equal("lessons"))
		Expect(made.Spec.Window).To(BeNil())
	})

	DescribeTable("takes a window", func(ctx context.Context, start, end *time.Time, arguments ...string) {
		in := namespace(ctx)
		createProfile(ctx, in, "lessons")
		done := run(ctx, in, append([]string{"start", "c", "--profile", "lessons", "--name", "lesson"}, arguments...)...)
		Expect(done).To(Equal(ran{Output: "cloudrecording.cloudrecording.dev/lesson created\n"}))
		window := only(ctx, in).Spec.Window
		for _, pair := range []struct {
			found    *metav1.Time
			expected *time.Time
		}{{window.Start, start}, {window.End, end}} {
			if pair.expected == nil {
				Expect(pair.found).To(BeNil())
				continue
			}
			Expect(pair.found.Time).To(BeTemporally("==", *pair.expected))
		}
	},
		Entry("of some length from now on", nil, ptr.To(noon.Add(90*time.Minute)), "--for", "90m"),
		Entry("until a time", nil, ptr.To(noon.Add(time.Hour)), "--until", "2026-12-01T14:00:00+01:00"),
		Entry("from a time on", ptr.To(noon.Add(time.Hour)), nil, "--at", "2026-12-01T13:00:00Z"),
		Entry("of some length from a time on", ptr.To(noon.Add(time.Hour)), ptr.To(noon.Add(2*time.Hour)), "--at", "2026-12-01T13:00:00Z", "--for", "1h"),
	)

	DescribeTable("says what is wrong", func(ctx context.Context, code int, message string, arguments ...string) {
		in := namespace(ctx)
		done := run(ctx, in, append([]string{"start"}, arguments...)...)
		Expect(done.Code).To(Equal(code))
		Expect(done.Errors).To(ContainSubstring(message))
		list := &v1alpha1.CloudRecordingList{}
		Expect(admin.List(ctx, list, client.InNamespace(in))).To(Succeed())
		Expect(list.Items).To(BeEmpty())
	},
		Entry("no channel", exitUsage, "give the name of the channel", "--profile", "p"),
		Entry("no profile", exitUsage, "--profile is missing", "c"),
		Entry("two ends", exitUsage, "give one of them", "c", "--profile", "p", "--for", "1h", "--until", "2026-12-01T14:00:00Z"),
		Entry("no time", exitUsage, "--at must be a time with its offset", "c", "--profile", "p", "--at", "9:00"),
		Entry("an end that is past", exitUsage, "--for must be above 0", "c", "--profile", "p", "--for=-1h"),
		Entry("what the API server refuses", exitFailed, "the API server refuses it", "a/b", "--profile", "p"),
		Entry("another kind of dry run", exitUsage, "--dry-run can be none, client or server", "c", "--profile", "p", "--dry-run=maybe"),
	)

	It("warns of a profile that is not there", func(ctx context.Context) {
		in := namespace(ctx)
		done := run(ctx, in, "start", "c", "--profile", "lesons", "--name", "lesson")
		Expect(done.Code).To(Equal(exitDone), "it may be applied later")
		Expect(done.Output).To(Equal("cloudrecording.cloudrecording.dev/lesson created\n"))
		Expect(done.Errors).To(Equal(fmt.Sprintf("Warning: namespace %q has no CloudRecordingProfile \"lesons\". The recording waits until there is one: kubectl get crecp lists those there are.\n", in)))
	})

	DescribeTable("writes nothing by a dry run", func(ctx context.Context, kind string) {
		in := namespace(ctx)
		done := run(ctx, in, "start", "c", "--profile", "lessons", "--name", "lesson", "--dry-run="+kind, "-o", "yaml")
		Expect(done.Code).To(Equal(exitDone), done.Errors)
		Expect(done.Output).To(And(ContainSubstring("kind: CloudRecording\n"), ContainSubstring("name: lesson\n"), ContainSubstring("cname: c\n")))
		if kind == dryRunClient {
			Expect(done.Output).NotTo(ContainSubstring("status:"), "it is a manifest")
		}
		list := &v1alpha1.CloudRecordingList{}
		Expect(admin.List(ctx, list, client.InNamespace(in))).To(Succeed())
		Expect(list.Items).To(BeEmpty())
	}, Entry("here", dryRunClient), Entry("at the API server", dryRunServer))

	It("says that a name is taken", func(ctx context.Context) {
		in := namespace(ctx)
		create(ctx, in, "lesson", nil)
		done := run(ctx, in, "start", "c", "--profile", "lessons", "--name", "lesson")
		Expect(done.Code).To(Equal(exitFailed))
		Expect(done.Errors).To(ContainSubstring("Choose another name by --name"))
	})
})

var _ = Describe("adopt", func() {
	It("creates an object for a recording that runs", func(ctx context.Context) {
		in := namespace(ctx)
		done := run(ctx, in, "adopt", "lesson", "--resource-id", "r", "--sid", "s", "--app-id", "app", "--uid", "7", "--mode", "mix", "--credentials", "agora")
		Expect(done.Code).To(Equal(exitDone), done.Errors)
		Expect(only(ctx, in).Spec).To(And(HaveField("ResourceID", "r"), HaveField("SID", "s"), HaveField("UID", "7"), HaveField("ProfileRef", BeNil())))
	})

	It("takes the rest from a profile", func(ctx context.Context) {
		in := namespace(ctx)
		done := run(ctx, in, "adopt", "lesson", "--resource-id", "r", "--sid", "s", "--profile", "lessons")
		Expect(done.Code).To(Equal(exitDone), done.Errors)
		Expect(only(ctx, in).Spec).To(And(HaveField("ProfileRef.Name", "lessons"), HaveField("AppID", "")))
	})

	It("names all flags that are missing", func(ctx context.Context) {
		done := run(ctx, "default", "adopt", "lesson", "--sid", "s", "--uid", "7")
		Expect(done.Code).To(Equal(exitUsage))
		Expect(done.Errors).To(ContainSubstring("these flags are missing: --resource-id, --app-id, --mode, --credentials."))
	})
})

var _ = Describe("stop", func() {
	It("has a recording wanted to end", func(ctx context.Context) {
		in := namespace(ctx)
		create(ctx, in, "lesson", nil)
		Expect(run(ctx, in, "stop", "lesson")).To(Equal(ran{Output: "cloudrecording.cloudrecording.dev/lesson told to stop\n"}))
		Expect(only(ctx, in).Spec.State).To(Equal(v1alpha1.RecordingStateStopped))
		Expect(run(ctx, in, "stop", "lesson").Code).To(Equal(exitDone), "again")
	})

	It("says of a recording that is completed that it has ended", func(ctx context.Context) {
		in := namespace(ctx)
		write(ctx, create(ctx, in, "lesson", nil), func(status *v1alpha1.CloudRecordingStatus) { status.Phase = v1alpha1.PhaseCompleted })
		Expect(run(ctx, in, "stop", "lesson")).To(Equal(ran{Output: "cloudrecording.cloudrecording.dev/lesson has ended already\n"}))
		Expect(only(ctx, in).Spec.State).To(Equal(v1alpha1.RecordingStateStopped))
	})

	It("changes nothing by a dry run", func(ctx context.Context) {
		in := namespace(ctx)
		create(ctx, in, "lesson", nil)
		for _, kind := range []string{dryRunClient, dryRunServer} {
			done := run(ctx, in, "stop", "lesson", "--dry-run="+kind)
			Expect(done).To(Equal(ran{Output: "cloudrecording.cloudrecording.dev/lesson told to stop (" + kind + " dry run)\n"}))
		}
		Expect(only(ctx, in).Spec.State).NotTo(Equal(v1alpha1.RecordingStateStopped))
	})

	// waiting runs stop --wait, calls meanwhile, and returns the outcome.
	waiting := func(ctx context.Context, timeout string, meanwhile func(recording *v1alpha1.CloudRecording, shown *gbytes.Buffer)) ran {
		GinkgoHelper()
		in := namespace(ctx)
		recording := create(ctx, in, "lesson", func(spec *v1alpha1.CloudRecordingSpec) { spec.DeletionPolicy = v1alpha1.DeletionPolicyStop })
		shown, done := gbytes.NewBuffer(), make(chan int, 1)
		go func() {
			done <- runTo(ctx, io.Discard, shown, in, "stop", "lesson", "--wait", "--timeout", timeout)
		}()
		Eventually(ctx, func() v1alpha1.RecordingState { return only(ctx, in).Spec.State }).Should(Equal(v1alpha1.RecordingStateStopped))
		meanwhile(recording, shown)
		ended := ran{}
		Eventually(ctx, done).Should(Receive(&ended.Code))
		ended.Errors = string(shown.Contents())
		return ended
	}

	It("waits until the recording is completed", func(ctx context.Context) {
		ended := waiting(ctx, "5m", func(recording *v1alpha1.CloudRecording, _ *gbytes.Buffer) {
			for _, phase := range []v1alpha1.RecordingPhase{v1alpha1.PhaseUploading, v1alpha1.PhaseCompleted} {
				write(ctx, recording, func(status *v1alpha1.CloudRecordingStatus) {
					status.Phase = phase
					status.Conditions = conditions(metav1.ConditionTrue, v1alpha1.UploadedReason, "It is "+string(phase)+".", v1alpha1.ReadyCondition)
				})
			}
		})
		Expect(ended.Code).To(Equal(exitDone), ended.Errors)
		Expect(strings.TrimSpace(ended.Errors)).To(HaveSuffix("Completed: It is Completed."))
	})

	It("says why a recording gets no further", func(ctx context.Context) {
		ended := waiting(ctx, "5m", func(recording *v1alpha1.CloudRecording, _ *gbytes.Buffer) {
			write(ctx, recording, func(status *v1alpha1.CloudRecordingStatus) {
				status.Phase = v1alpha1.PhaseStopping
				status.Conditions = append(conditions(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason, "Mend the Secret.", v1alpha1.ReadyCondition),
					conditions(metav1.ConditionTrue, v1alpha1.CredentialsRejectedReason, "Mend the Secret.", v1alpha1.StalledCondition)...)
			})
		})
		Expect(ended.Code).To(Equal(exitNeedsPerson))
		Expect(ended.Errors).To(ContainSubstring(`"lesson" gets no further unless a person acts: Mend the Secret.`))
	})

	It("ends when the time is over", func(ctx context.Context) {
		ended := waiting(ctx, "1s", func(*v1alpha1.CloudRecording, *gbytes.Buffer) {})
		Expect(ended.Code).To(Equal(exitTimeout), ended.Errors)
	})

	It("takes an object that its operator lets go for stopped", func(ctx context.Context) {
		ended := waiting(ctx, "5m", func(recording *v1alpha1.CloudRecording, shown *gbytes.Buffer) {
			setFinalizers(ctx, recording, v1alpha1.StopFinalizer)
			Expect(admin.Delete(ctx, recording)).To(Succeed())
			write(ctx, recording, func(status *v1alpha1.CloudRecordingStatus) { status.Phase = v1alpha1.PhaseUploading })
			Eventually(shown).Should(gbytes.Say("Uploading"))
			setFinalizers(ctx, recording)
		})
		Expect(ended.Code).To(Equal(exitDone), ended.Errors)
		Expect(ended.Errors).To(ContainSubstring("The object was deleted meanwhile"))
	})

	It("does not take an object that vanished for stopped", func(ctx context.Context) {
		ended := waiting(ctx, "5m", func(recording *v1alpha1.CloudRecording, _ *gbytes.Buffer) {
			Expect(admin.Delete(ctx, recording)).To(Succeed())
		})
		Expect(ended.Code).To(Equal(exitFailed))
		Expect(ended.Errors).To(ContainSubstring("nothing shows that its recording has ended"))
	})

	DescribeTable("says what came of waiting", func(err error, change func(*v1alpha1.CloudRecording), code int, message string) {
		shown := gbytes.NewBuffer()
		t := &tool{streams: genericiooptions.IOStreams{ErrOut: shown}}
		last := &v1alpha1.CloudRecording{}
		last.Generation = 2
		last.Status.ObservedGeneration = 2
		last.Status.Conditions = conditions(metav1.ConditionFalse, v1alpha1.UploadPendingReason, "Files are in Agora's backup.", v1alpha1.ReadyCondition)
		if change == nil {
			last = nil
		} else {
			change(last)
		}
		outcome := t.outcome(&cluster.Cluster{Namespace: "school"}, "lesson", time.Minute, last, err)
		Expect(exitCodeOf(outcome)).To(Equal(code))
		if outcome != nil {
			Expect(outcome).To(MatchError(ContainSubstring(message)))
		}
	},
		Entry("it is done", nil, unchanged, exitDone, ""),
		Entry("the time was over", cluster.ErrTimeout, unchanged, exitTimeout, `"lesson" has not completed within 1m0s: Files are in Agora's backup. The wish to stop it stays`),
		Entry("nobody has read it", cluster.ErrTimeout, func(last *v1alpha1.CloudRecording) { last.Generation = 3 }, exitTimeout, "no operator has read"),
		Entry("it was never seen", cluster.ErrTimeout, nil, exitTimeout, "could not be watched"),
		Entry("it is gone and was stopped", cluster.ErrGone, func(last *v1alpha1.CloudRecording) {
			last.Status.Conditions = conditions(metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason, "", v1alpha1.StoppedCondition)
		}, exitDone, ""),
		Entry("it is gone and was let go", cluster.ErrGone, func(last *v1alpha1.CloudRecording) {
			last.DeletionTimestamp = &metav1.Time{Time: noon}
			last.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		}, exitFailed, "nothing shows that its recording has ended"),
		Entry("it is gone and was never seen", cluster.ErrGone, nil, exitFailed, "nothing shows that its recording has ended"),
		Entry("somebody must act", needsPersonf("act"), unchanged, exitNeedsPerson, "act"),
	)

	DescribeTable("says what is wrong with the command line", func(ctx context.Context, message string, arguments ...string) {
		done := run(ctx, "default", append([]string{"stop", "lesson"}, arguments...)...)
		Expect(done.Code).To(Equal(exitUsage))
		Expect(done.Errors).To(ContainSubstring(message))
	},
		Entry("no time to wait", "--timeout must be above 0", "--timeout", "0s"),
		Entry("nothing to wait for", "--wait has nothing to wait for", "--wait", "--dry-run"),
	)
})

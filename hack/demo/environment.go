// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// samples is the folder of recordings that are started. adopted is the folder of recordings
	// that already run.
	samples = "config/samples"
	adopted = samples + "/adopted"

	// onDemand keeps files in Agora's backup until a scene transfers them.
	onDemand = -1

	// tailBytes is how much of the operator's log is shown if the demo fails.
	tailBytes = 4000
)

// demo is the environment of the scenes.
type demo struct {
	cleanup     testenv.Cleanup
	environment *testenv.Environment
	agora       *testenv.Agora
	// log is the path of the operator's log.
	log string
	// occurrence is the name of the lesson that the schedule makes.
	occurrence string
}

// start starts everything that the demo needs.
func (d *demo) start(ctx context.Context) error {
	var err error
	if d.environment, err = testenv.Start(ctx, testenv.Options{Bucket: true, Announce: say}); err != nil {
		return err
	}
	d.cleanup.Add(d.environment.Run)
	if err := d.startAgora(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "cloudrecording-demo-")
	if err != nil {
		return fmt.Errorf("create a folder for the operator: %w", err)
	}
	d.cleanup.Add(func() error { return os.RemoveAll(folder) })
	d.log = filepath.Join(folder, "operator.log")
	return d.startOperator(ctx)
}

func (d *demo) startOperator(ctx context.Context) error {
	log, err := os.Create(d.log)
	if err != nil {
		return fmt.Errorf("create the operator's log: %w", err)
	}
	d.cleanup.Add(log.Close)
	receiver, err := testenv.FreeAddress(ctx)
	if err != nil {
		return err
	}
	if err := d.agora.SetNotifications(notify.Settings{
		Receiver: notify.Receiver{URL: "http://" + receiver, Secret: "demo-notifications"},
	}); err != nil {
		return err
	}
	operator, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary:     d.environment.Operator,
		Kubeconfig: d.environment.ControlPlane.Kubeconfig,
		Arguments: []string{
			"--agora-endpoints", d.agora.URL,
			"--notifications-bind-address", receiver, "--notifications-namespace", "default",
			"--allowed-storage-endpoints", d.environment.Bucket.Server.Endpoint,
			// Checks that are usually minutes apart happen every few seconds here.
			"--poll-interval", "2s", "--not-found-grace", "1s", "--upload-recheck-min", "1s", "--upload-recheck-max", "2s",
			"--upload-settle-time", "12s", "--allow-unsafe-timings",
		},
		Output: log,
	})
	if err != nil {
		return err
	}
	d.cleanup.Add(operator.Stop)
	return nil
}

// startAgora starts the simulator with the recordings that are to be adopted. It accepts the
// credentials in the samples.
func (d *demo) startAgora() error {
	var err error
	d.agora, err = testenv.StartAgora(&d.cleanup, agorasim.Options{
		Credentials:    map[string]string{"your-customer-id": "your-customer-secret", "demo-id": "demo-secret"},
		UploadDuration: time.Second,
		ExitAfter:      -1,
		Bucket:         d.environment.Bucket.Bucket,
		Slices:         8,
	})
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(adopted, "*.yaml"))
	if err != nil {
		return fmt.Errorf("find the samples: %w", err)
	}
	for _, file := range files {
		if err := d.addSample(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// addSample begins the recording of a sample, if the sample is one.
func (d *demo) addSample(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	var sample v1alpha1.CloudRecording
	if err := yaml.Unmarshal(content, &sample); err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	if sample.Kind != "CloudRecording" {
		return nil
	}
	options := agorasim.RecordingOptions{
		AppID: sample.Spec.AppID, CName: sample.Spec.CName, UID: sample.Spec.UID, Mode: string(sample.Spec.Mode),
		ResourceID: sample.Spec.ResourceID, SID: sample.Spec.SID,
		Scenario: agorasim.Scenario{ExitAfter: &metav1.Duration{Duration: time.Hour}},
	}
	if sample.Name == backedUp || sample.Name == notified {
		options.UploadingStatus = recorder.UploadingStatusBackuped
		options.Upload = &recorder.Upload{TransferAfter: metav1.Duration{Duration: onDemand}, AnnounceTransfer: sample.Name == notified}
	}
	_, err = d.agora.AddRecording(options)
	return err
}

// logTail returns the end of the operator's log.
func (d *demo) logTail() string {
	content, err := os.ReadFile(d.log)
	if err != nil {
		return "The operator's log cannot be read: " + err.Error()
	}
	return "The operator's log ends with:\n" + string(content[max(len(content)-tailBytes, 0):])
}

// keep waits for Ctrl-C.
func (d *demo) keep(ctx context.Context) error {
	administration, err := agorasim.Listen("127.0.0.1:0", admin.Handler(d.agora.Simulator))
	if err != nil {
		return err
	}
	fmt.Printf(`
All of it goes on running until Ctrl-C. In another terminal:

  export KUBECONFIG=%[1]s
  alias kubectl=%[2]s
  kubectl get crecp,crecs,crec               the profile, the schedule, and all recordings
  kubectl apply -f %[3]s/start-web.yaml      starts another one; its neighbors are samples too

  curl %[4]s/recordings      what runs at the simulator, and how to break it:
                                         go run ./hack/agorasim/cmd/agorasim --help
  tail -f %[5]s
`, d.environment.ControlPlane.Kubeconfig, d.environment.ControlPlane.Kubectl, samples, administration.URL, d.log)
	<-ctx.Done()
	return administration.Close()
}

// SPDX-License-Identifier: Apache-2.0

// The agorasim command serves a simulator of Agora Cloud Recording.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
)

// settings are the command's flags.
type settings struct {
	listen      string
	adminListen string
	recordings  string
	bucketURL   string
	options     agorasim.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx.Done(), os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "agorasim:", err)
		os.Exit(1)
	}
}

// run serves until it is told to end.
func run(end <-chan struct{}, arguments []string, output, diagnostics io.Writer) error {
	settings, err := parse(arguments, diagnostics)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if settings.options.Bucket, err = openBucket(ctx, settings.bucketURL); err != nil {
		return err
	}
	defer closeBucket(settings.options.Bucket)
	simulator := agorasim.New(settings.options)
	defer simulator.Close()
	if err := addRecordings(simulator, settings.recordings); err != nil {
		return err
	}
	server, err := simulator.Listen(settings.listen)
	if err != nil {
		return err
	}
	adminServer, err := admin.Listen(simulator, settings.adminListen)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	_, _ = fmt.Fprintf(output, "Agora's API: %s\nAdmin interface: %s\n", server.URL, adminServer.URL)
	for _, id := range slices.Sorted(maps.Keys(settings.options.Credentials)) {
		_, _ = fmt.Fprintf(output, "Customer ID: %s\n", id)
	}
	<-end
	return errors.Join(server.Close(), adminServer.Close())
}

func parse(arguments []string, diagnostics io.Writer) (settings, error) {
	var s settings
	var credentials, certificates, publishers string
	flags := flag.NewFlagSet("agorasim", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	flags.Usage = func() {
		_, _ = fmt.Fprint(diagnostics, help)
		flags.PrintDefaults()
		_, _ = fmt.Fprint(diagnostics, adminHelp)
	}
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8700", "address of Agora's API")
	flags.StringVar(&s.adminListen, "admin-listen", "127.0.0.1:8701", "address of the admin interface, which has no authentication")
	flags.StringVar(&credentials, "credentials", "demo-id:demo-secret", "accepted pairs `ID:SECRET`, separated by commas")
	flags.IntVar(&s.options.RequestsPerSecond, "requests-per-second", 10, "limit of an account, in real time; -1 for none")
	flags.Float64Var(&s.options.Speed, "speed", 1, "simulated seconds that pass in a second")
	flags.DurationVar(&s.options.UploadDuration, "upload-duration", 2*time.Second, "how long a recorder uploads after its end, in simulated time")
	flags.DurationVar(&s.options.ExitAfter, "exit-after", 5*time.Second, "how long a recorder stays after its upload before it answers 404, in simulated time")
	flags.StringVar(&s.options.UploadingStatus, "uploading-status", agorasim.UploadingStatusUploaded,
		"outcome of uploads: uploaded, backuped, unknow, unknown or absent")
	flags.StringVar(&publishers, "publishers", "123", "users who publish in the channel of a started recording, separated by commas; nobody if empty")
	flags.IntVar(&s.options.MaxConcurrentWorkers, "max-concurrent-workers", 0, "parallel recordings from which acquire answers vendor_over_load; 0 for no limit")
	flags.DurationVar(&s.options.STSRefreshInterval, "sts-refresh-interval", time.Hour,
		"how long a recorder uploads with an STS token before it needs a fresh one by update, in simulated time; without end if 0")
	flags.StringVar(&certificates, "app-certificates", "",
		"App Certificates of projects, as pairs `APPID:CERTIFICATE`, separated by commas: tokens are verified there, and end recorders")
	flags.BoolVar(&s.options.AlreadyStartedWithSID, "already-started-with-sid", false,
		"have the sid in the answer 201 to a repeated start, of which Agora does not say whether it has it")
	flags.BoolVar(&s.options.UnixSliceNames, "unix-slice-names", false,
		"name the slices of web page recordings by 13 digits, milliseconds since 1970, rather than by the 17 of a date")
	flags.StringVar(&s.bucketURL, "bucket-url", "", "`URL` of the bucket that gets what is recorded, such as "+
		"file:///tmp/recordings, azblob://recordings or s3://recordings?endpoint=http://127.0.0.1:7070&region=us-east-1&use_path_style=true, "+
		"with the credentials in the environment; none if empty")
	flags.IntVar(&s.options.Slices, "slices", 0, "slices of each index in the end; as many as the recorded time makes, five at the most, if 0")
	flags.DurationVar(&s.options.SliceDuration, "slice-duration", 15*time.Second, "length of a slice, in simulated time")
	flags.DurationVar(&s.options.Upload.Late.Duration, "upload-late", 0, "how long after the upload its second half arrives, in simulated time")
	flags.DurationVar(&s.options.Upload.TransferAfter.Duration, "transfer-after", 10*time.Minute,
		"after how long Agora's backup is moved to the bucket, in simulated time; only on demand if 0")
	flags.StringVar(&s.options.Notifications.URL, "notifications-url", "", "receiver of notifications; none are sent if empty")
	flags.StringVar(&s.options.Notifications.Secret, "notifications-secret", "demo-notification-secret", "secret that signs notifications")
	flags.StringVar(&s.recordings, "recordings", "", "`FILE` with a JSON list of recordings that run already, as POST /recordings takes them")
	if err := flags.Parse(arguments); err != nil {
		return settings{}, fmt.Errorf("read the flags: %w", err)
	}
	if err := refuse(flags.Args(), s.options); err != nil {
		return settings{}, err
	}
	s.options.UploadDuration = zeroAsNone(s.options.UploadDuration)
	s.options.ExitAfter = zeroAsNone(s.options.ExitAfter)
	s.options.STSRefreshInterval = zeroAsNone(s.options.STSRefreshInterval)
	s.options.Upload.TransferAfter.Duration = zeroAsNone(s.options.Upload.TransferAfter.Duration)
	s.options.Publishers = split(publishers)
	var err error
	if s.options.Credentials, err = pairs("credentials", "ID:SECRET", credentials); err != nil {
		return settings{}, err
	}
	if len(s.options.Credentials) == 0 {
		return settings{}, errors.New("--credentials must hold a pair at least: nobody could authenticate")
	}
	s.options.AppCertificates, err = pairs("app-certificates", "APPID:CERTIFICATE", certificates)
	return s, err
}

// refuse says what cannot be meant.
func refuse(arguments []string, options agorasim.Options) error {
	if len(arguments) > 0 {
		return fmt.Errorf("unexpected argument %q", arguments[0])
	}
	outcomes := []string{
		agorasim.UploadingStatusUploaded, agorasim.UploadingStatusBackuped,
		agorasim.UploadingStatusUnknow, agorasim.UploadingStatusUnknown, agorasim.UploadingStatusAbsent,
	}
	if !slices.Contains(outcomes, options.UploadingStatus) {
		return errors.New("--uploading-status must be one of " + strings.Join(outcomes, ", "))
	}
	if err := refuseNumbers(options); err != nil {
		return err
	}
	if err := options.Notifications.Validate(); err != nil {
		return fmt.Errorf("--notifications-url: %w", err)
	}
	return nil
}

// refuseNumbers says which number or duration cannot be meant.
func refuseNumbers(options agorasim.Options) error {
	switch {
	case !(options.Speed > 0) || options.Speed > agorasim.MaxSpeed:
		return fmt.Errorf("--speed must be above 0, and %v at the most", agorasim.MaxSpeed)
	case options.RequestsPerSecond == 0:
		return errors.New("--requests-per-second must not be 0; -1 for no limit")
	case min(options.UploadDuration, options.ExitAfter) < 0:
		return errors.New("--upload-duration and --exit-after must not be negative")
	case options.STSRefreshInterval < 0:
		return errors.New("--sts-refresh-interval must not be negative")
	case options.MaxConcurrentWorkers < 0:
		return errors.New("--max-concurrent-workers must not be negative")
	case options.Slices < 0:
		return errors.New("--slices must not be negative")
	case options.SliceDuration <= 0:
		return errors.New("--slice-duration must be above 0")
	case options.Upload.Late.Duration < 0 || options.Upload.TransferAfter.Duration < 0:
		return errors.New("--upload-late and --transfer-after must not be negative")
	default:
		return nil
	}
}

// zeroAsNone turns a duration of nothing into what the options read as such.
func zeroAsNone(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func split(list string) []string {
	elements := []string{}
	for element := range strings.SplitSeq(list, ",") {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// pairs reads the pairs that a flag holds.
func pairs(name, form, list string) (map[string]string, error) {
	var secrets map[string]string
	for _, pair := range split(list) {
		id, secret, ok := strings.Cut(pair, ":")
		if !ok || id == "" || secret == "" {
			return nil, fmt.Errorf("--%s must be pairs %s, separated by commas", name, form)
		}
		if secrets == nil {
			secrets = map[string]string{}
		}
		secrets[id] = secret
	}
	return secrets, nil
}

func addRecordings(simulator *agorasim.Simulator, file string) error {
	if file == "" {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the recordings: %w", err)
	}
	var recordings []agorasim.RecordingOptions
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&recordings); err != nil {
		return fmt.Errorf("read the recordings in %s: %w", file, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the recordings in %s: something follows the list", file)
	}
	for _, options := range recordings {
		if _, err := simulator.AddRecording(options); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

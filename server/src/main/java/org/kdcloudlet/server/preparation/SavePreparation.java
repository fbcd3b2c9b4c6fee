package org.kdcloudlet.server.preparation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.operation.OperationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an image version of what was prepared. Until that is on record the preparation can be gone back to; then it ends, and what
 * follows is what follows an import.
 */
final class SavePreparation {
    private static final Logger LOG = LoggerFactory.getLogger(SavePreparation.class);
    /** The power button is pressed again and again, since a guest that boots does not notice it; 3 minutes in all. */
    private static final int PRESSES = 35;

    private static final StopPolicy BY_AGENT = new StopPolicy(Duration.ofSeconds(5), Duration.ZERO);
    private static final StopPolicy BY_POWER_BUTTON = new StopPolicy(Duration.ZERO, Duration.ofSeconds(5));

    private final ImageService images;
    private final PreparationEnds ends;
    private final Path work;

    /**
     * @param work folder for the disk on its way, on the file system of the images
     */
    SavePreparation(ImageService images, PreparationEnds ends, Path work) {
        this.images = images;
        this.ends = ends;
        this.work = work;
    }

    void run(OperationContext context, LivePreparation preparation, boolean force) {
        ImageVersion version;
        try {
            Machine machine = preparation.machine().orElseThrow();
            if (!force) {
                shutDown(context, machine);
            }
            version = save(context, preparation, machine);
            ends.end(preparation);
        } finally {
            preparation.notSaved();
        }
        ends.tell("saved", preparation, "was saved as image version " + version.number());
        prepare(context, version);
    }

    private static void shutDown(OperationContext context, Machine machine) {
        context.step("have the guest switch itself off");
        boolean off = machine.powerOff(BY_AGENT);
        for (int press = 0; press < PRESSES && !off; press++) {
            context.checkCancelled();
            off = machine.powerOff(BY_POWER_BUTTON);
        }
        context.checkCancelled();
        if (!off) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "The guest did not switch itself off within 3 minutes. Switch it off by its console and save again, or save it"
                            + " by force, which is like pulling the plug.");
        }
    }

    private ImageVersion save(OperationContext context, LivePreparation preparation, Machine machine) {
        Path disk = work.resolve("prepared-" + preparation.id() + ".qcow2");
        try {
            context.step("save the disk");
            Files.deleteIfExists(disk);
            machine.saveDisk(disk, context.progress());
            return images.keep(context, preparation.service(), disk);
        } catch (IOException e) {
            throw new CloudletException(ErrorCode.STORAGE_UNUSABLE, "The disk cannot be saved: " + e.getMessage(), e);
        } finally {
            remove(disk);
        }
    }

    private static void remove(Path disk) {
        try {
            Files.deleteIfExists(disk);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", disk, e.toString());
        }
    }

    private void prepare(OperationContext context, ImageVersion version) {
        String saved = "It was saved as image version " + version.number();
        try {
            images.prepareKept(context, version);
        } catch (CancellationException e) {
            context.log(saved + ", which is not prepared and not used yet.");
            throw e;
        } catch (HypervisorException e) {
            throw explained(saved, HypervisorErrors.translate(e));
        } catch (CloudletException e) {
            throw explained(saved, e);
        }
    }

    private static CloudletException explained(String saved, CloudletException why) {
        return new CloudletException(
                why.code(),
                saved + ", which does not come up by itself (" + why.getMessage()
                        + "). Prepare that version interactively again.",
                why);
    }
}
